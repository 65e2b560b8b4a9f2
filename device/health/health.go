// Package health says what somebody should know about this terminal: declared warnings, each with a code, a
// severity, its words and who can act. Absent means healthy. The screen and the platform read the same list.
// Warnings are computed from facts; nothing sets or clears one, so none is forgotten.
package health

import (
	"cmp"
	"slices"
	"time"

	"kiosk/device"
)

// Severity grades a warning.
type Severity string

// Severities.
const (
	Low  Severity = "low"  // see to it when you come by
	High Severity = "high" // something is closed, or about to be
)

// Warning is one line. Its code is stable: a declared one, or kind.fault for a peripheral.
type Warning struct {
	Code     string
	Severity Severity
	ZH, EN   string
	Who      device.Actor
}

// Warnings of the terminal itself. Those of peripherals hang on device.Faults.
var (
	Unenrolled       = Warning{"unenrolled", High, "终端还没有登记", "the terminal is not enrolled", device.ActorOps}
	Broken           = Warning{"broken", High, "终端程序没有完全启动", "the terminal could not start all of its parts", device.ActorOps}
	PlatformAway     = Warning{"platform-away", Low, "平台连不上，材料先存在本机", "the platform is away; cases are kept here", device.ActorStaff}
	PlatformLongAway = Warning{"platform-long-away", High, "平台很久连不上", "the platform has been away for long", device.ActorOps}
	StoreDamaged     = Warning{"store-damaged", High, "有收存的文件坏了，请检查硬盘", "a kept file is damaged; check the disk", device.ActorOps}
	StoreFilling     = Warning{"store-filling", Low, "存储快满了", "the store is filling up", device.ActorOps}
	StoreFull        = Warning{"store-full", High, "存储已满，不再收件", "the store is full; nothing is taken in", device.ActorOps}
	Quarantined      = Warning{"quarantined", High, "有材料被平台退回，需要人工处理", "the platform refused cases for ever; somebody has to look", device.ActorStaff}
	Backlog          = Warning{"backlog", Low, "有材料超过一天没有送出", "cases have waited for more than a day", device.ActorStaff}
	SettingsRefused  = Warning{"settings-refused", Low, "平台下发的设置有误，沿用旧设置", "settings from the platform were refused; the old ones hold", device.ActorOps}
	NoItems          = Warning{"no-items", High, "没有可办的事项", "there is no item to offer", device.ActorOps}
	CertificateEnds  = Warning{"certificate-ends", High, "终端证书快到期", "the terminal's certificate ends soon", device.ActorOps}
)

// Declared lists them, for documentation and tests.
var Declared = []Warning{
	Unenrolled, Broken, PlatformAway, PlatformLongAway, StoreDamaged, StoreFilling, StoreFull, Quarantined, Backlog,
	SettingsRefused, NoItems, CertificateEnds,
}

// Times and shares from which a warning holds.
const (
	AwayAfter      = 5 * time.Minute
	LongAwayAfter  = 24 * time.Hour
	BacklogAfter   = 24 * time.Hour
	FillingFrom    = 0.80 // intake with pages closes
	FullFrom       = 0.95 // all intake closes
	CertificateDue = 14 * 24 * time.Hour
)

// Facts is what is known of the terminal now. Zero values are healthy, but for Enrolled and Items.
type Facts struct {
	Now      time.Time
	Enrolled bool
	Broken   bool // some part did not start
	Items    int  // on offer
	Devices  []Device

	Online       bool
	OfflineSince time.Time // zero when it was never online in this life

	StoreDamaged bool
	StoreUsed    float64 // 0..1
	Quarantined  int
	OldestKept   time.Time // of the cases that wait; zero when none does

	SettingsRefused bool
	CertificateEnds time.Time // zero when not known
}

// Device is one configured peripheral.
type Device struct {
	Kind   device.Kind
	Status device.Status
}

// Check returns the warnings that hold, the severe ones first, otherwise in the order of Declared and device.Kinds.
func Check(f Facts) []Warning {
	var list []Warning
	hold := func(w Warning, is bool) {
		if is {
			list = append(list, w)
		}
	}
	hold(Unenrolled, !f.Enrolled)
	hold(Broken, f.Broken)
	if f.Enrolled {
		away := f.Now.Sub(f.OfflineSince)
		known := !f.Online && !f.OfflineSince.IsZero()
		hold(PlatformAway, known && away >= AwayAfter && away < LongAwayAfter)
		hold(PlatformLongAway, known && away >= LongAwayAfter)
		hold(NoItems, f.Items == 0)
	}
	hold(StoreDamaged, f.StoreDamaged)
	hold(StoreFilling, f.StoreUsed >= FillingFrom && f.StoreUsed < FullFrom)
	hold(StoreFull, f.StoreUsed >= FullFrom)
	hold(Quarantined, f.Quarantined > 0)
	hold(Backlog, !f.OldestKept.IsZero() && f.Now.Sub(f.OldestKept) >= BacklogAfter)
	hold(SettingsRefused, f.SettingsRefused)
	hold(CertificateEnds, !f.CertificateEnds.IsZero() && f.CertificateEnds.Sub(f.Now) < CertificateDue)
	for _, d := range f.Devices {
		list = append(list, ofDevice(d)...)
	}
	slices.SortStableFunc(list, func(a, b Warning) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

func rank(w Warning) int {
	if w.Severity == High {
		return 0
	}
	return 1
}

// ofDevice is one warning per fault; a layer that is bad for no stated reason still gives one.
func ofDevice(d Device) []Warning {
	var list []Warning
	for _, id := range d.Status.Faults {
		if id != device.FaultNotAnswered { // work goes on and nobody needs to come
			list = append(list, ofFault(d.Kind, id))
		}
	}
	if len(list) == 0 && !d.Status.Usable() {
		list = append(list, ofFault(d.Kind, device.FaultOther))
	}
	return list
}

func ofFault(kind device.Kind, id device.FaultID) Warning {
	f := device.FaultByID(id)
	zh, en := KindName(kind)
	severity := Low
	if f.Blocks {
		severity = High
	}
	return Warning{
		Code: string(kind) + "." + string(f.ID), Severity: severity,
		ZH: zh + f.ZH, EN: en + ": " + f.EN, Who: f.Who,
	}
}

// KindName is what people call a kind of peripheral.
func KindName(kind device.Kind) (zh, en string) {
	switch kind {
	case device.KindIDCardReader:
		return "读卡器", "card reader"
	case device.KindReceiptPrinter:
		return "打印机", "printer"
	case device.KindCamera:
		return "高拍仪", "document camera"
	}
	return "设备", "device"
}
