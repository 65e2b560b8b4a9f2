package localapi

// Readers of the two streams, for fuzzing.
var (
	ReadStates = readStates
	ReadFrames = readFrames
)
