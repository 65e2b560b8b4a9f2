// Package sdt drives readers for second-generation resident ID cards over a serial line or a TCP serial
// server. Inside every such reader sits a security module, the SAM; the host never sees a key. It asks the
// module three things (find, select, read) and gets text in clear and a compressed photo.
//
// # Frames
//
// One request, one reply; the module never speaks first.
//
//	request   AA AA AA 96 69 | LEN_H LEN_L | CMD PARA        | data … | CHK
//	reply     AA AA AA 96 69 | LEN_H LEN_L | SW1 SW2 SW3     | data … | CHK
//	                           └─ counts all that follows, CHK included ─┘
//
// LEN is big-endian; the whole frame has LEN+7 bytes. CHK is the exclusive or of all bytes from LEN_H up to
// the one before CHK. SW1 and SW2 are the card's own word, 00 00 as a rule; SW3 is the module's and decides.
// Line: 115200 baud (57600, 38400, 19200, 9600 exist), 8 data bits, no parity, 1 stop bit, no flow control.
//
//	10 FF  reset       11 FF  self-test      12 FF  module number
//	20 01  find        20 02  select         30 01  text and photo
//	30 03  latest additional address         30 10  text, photo, fingerprints (never asked for here)
//
// The answer to 30 01 carries two big-endian lengths (text 0100, photo 0400) and then both blocks; that to
// 30 10 a third length, of the fingerprints, before the text. The text block is UTF-16LE in fixed fields; the
// character at its byte 248 says which of four layouts it has (text.go).
//
// # Sources
//
// GA/T 467 (SAM interface), GA 450 (reader), GA/T 490 (card data), GB 11643 (number), GB/T 2261.1 (sex),
// GB/T 3304 (nation), as far as public pages and programs quote them: the SAM_V protocol pages of eastcoms,
// CSDN article 85242964, the GA/T 490 table of wiki.nfc.im, and the code of several open readers
// (dearhj/FaceRecognitionDemo, c786909486/JingLunReader, dathlin/HslCommunication, kekxv's C++ reader).
// Two or more of them agree on frames, commands, codes, resident, I and J layouts. One source only: layout Y,
// the check of the 15-character number, the short frame that one board sends on its own time-out. Not
// documented at all: whether a length comes before the text of 30 03 (both are understood here), and what
// the four and eight bytes after find and select would mean (ignored). The photo ("WLT") has no open
// decoder; it is handed on as it is.
//
// Tested against the far end in sdtsim only; no maker's firmware has been tried.
//
// # What the driver does
//
// One goroutine owns the port. While a Read waits it asks for a card every poll interval; a card that was
// felt is selected and read at once, and the whole sequence is tried again some times before the person hears
// of it. A module answers "no card" for a card that it has read until that card leaves the field, so
// "no card" never means that a card was taken away. A late answer is thrown away before the next question.
// While nobody reads, the module's self-test and number are asked every few seconds: Status stays true,
// and a module that was exchanged under an open port is noticed.
//
// Personal data: no byte of a card is logged or put into an error, and the buffers that held one are zeroed.
package sdt
