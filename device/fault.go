package device

// FaultID names one line of the closed list of faults.
type FaultID string

// Faults that drivers report. The list is closed: a driver that meets something else says FaultOther.
const (
	FaultUnplugged   FaultID = "unplugged"    // no link
	FaultSilent      FaultID = "silent"       // link, but no answers
	FaultGarbled     FaultID = "garbled"      // answers that make no sense
	FaultSelfTest    FaultID = "self-test"    // says itself that it is out of order
	FaultUnlicensed  FaultID = "unlicensed"   // SAM not authorised
	FaultPaperOut    FaultID = "paper-out"    //
	FaultPaperLow    FaultID = "paper-low"    // still prints
	FaultPaperJam    FaultID = "paper-jam"    //
	FaultCoverOpen   FaultID = "cover-open"   //
	FaultCutter      FaultID = "cutter"       //
	FaultHot         FaultID = "hot"          // recovers by itself
	FaultNotAnswered FaultID = "not-answered" // does not tell its state; work goes on without
	FaultOther       FaultID = "other"        //
)

// Actor is who can mend a fault.
type Actor string

// Actors.
const (
	ActorCitizen Actor = "citizen"
	ActorStaff   Actor = "staff"
	ActorOps     Actor = "ops"
)

// Fault is one line of the list: what it is called for people, what to do, and who does it.
type Fault struct {
	ID     FaultID
	ZH, EN string // what is wrong
	DoZH   string // what to do
	DoEN   string
	Who    Actor
	Blocks bool // the peripheral cannot work until it is mended
}

// Faults is the whole list.
var Faults = []Fault{
	{FaultUnplugged, "没有连上", "not connected", "检查电源和数据线", "check power and cable", ActorStaff, true},
	{FaultSilent, "没有回应", "does not answer", "断电重启设备", "switch the device off and on", ActorStaff, true},
	{FaultGarbled, "回应有误", "answers garbled", "检查数据线和速率", "check cable and speed", ActorOps, true},
	{FaultSelfTest, "自检未通过", "self-test failed", "更换设备", "replace the device", ActorOps, true},
	{FaultUnlicensed, "安全模块未授权", "security module not authorised", "更换设备", "replace the device", ActorOps, true},
	{FaultPaperOut, "没有纸了", "out of paper", "装一卷新纸", "load a new roll", ActorStaff, true},
	{FaultPaperLow, "纸快用完了", "paper is low", "准备一卷新纸", "have a new roll ready", ActorStaff, false},
	{FaultPaperJam, "卡纸了", "paper jam", "打开上盖取出纸", "open the cover and free the paper", ActorStaff, true},
	{FaultCoverOpen, "上盖没关", "cover is open", "关好上盖", "close the cover", ActorStaff, true},
	{FaultCutter, "切刀卡住", "cutter is stuck", "断电后检查切刀", "switch off and check the cutter", ActorOps, true},
	{FaultHot, "打印头过热", "print head is hot", "等几分钟", "wait some minutes", ActorCitizen, true},
	{FaultNotAnswered, "不报告状态", "does not tell its state", "可以继续使用", "may be used", ActorOps, false},
	{FaultOther, "出了故障", "fault", "通知运维", "call operations", ActorOps, true},
}

// FaultByID returns the line of the list, FaultOther's for an unknown id.
func FaultByID(id FaultID) Fault {
	for _, f := range Faults {
		if f.ID == id {
			return f
		}
	}
	return Faults[len(Faults)-1]
}
