package words

// The frame: header, banner, footer, sheets.
var (
	Online      = Word{"frame.online", "联网正常", "Online"}
	NoNetwork   = Word{"frame.offline", "网络中断", "Offline"}
	StepOf      = Word{"frame.step", "第 %d 步，共 %d 步：%s", "Step %d of %d: %s"}
	PageOf      = Word{"frame.page", "第 %d 页，共 %d 页", "Page %d of %d"}
	BannerOff   = Word{"frame.banner-offline", "网络中断，部分事项可先办理", "Offline. Some services still work"}
	Wait        = Word{"frame.wait", "请稍候", "One moment, please"}
	WaitWhy     = Word{"frame.wait-why", "机器正在准备，马上就好。", "The terminal is getting ready."}
	WaitLong    = Word{"frame.wait-long", "等了很久？请找工作人员。", "Waiting long? Please ask the staff."}
	Seconds     = Word{"frame.seconds", "%d 秒", "%d s"}
	Colon       = Word{"frame.colon", "%s：%s", "%s: %s"}
	NotNow      = Word{"frame.not-now", "现在不能用", "Not possible now"}
	EndsIn      = Word{"frame.ends-in", "%d 秒后自动结束。", "Ends by itself in %d seconds."}
	IdleTitle   = Word{"idle.title", "还要继续吗？", "Do you need more time?"}
	IdleText    = Word{"idle.text", "时间到了会结束并清除您的信息。", "When time is up, the visit ends and your data is cleared."}
	LeaveTitle  = Word{"leave.title", "要结束吗？", "End now?"}
	LeaveText   = Word{"leave.text", "还没提交的内容会清除。", "What you have not submitted will be cleared."}
	HelpTitle   = Word{"help.title", "需要帮忙吗？", "Do you need help?"}
	HelpCall    = Word{"help.call", "请打这个电话，或叫附近的工作人员。", "Call this number, or ask the staff nearby."}
	HelpNobody  = Word{"help.nobody", "请叫附近的工作人员。", "Please ask the staff nearby."}
	HelpHeld    = Word{"help.held", "您的办理会保留，不用着急。", "Your visit is held. Take your time."}
	HelpPlace   = Word{"help.place", "这台机器在", "This terminal stands at"}
	HelpNumber  = Word{"help.number", "机器编号", "Terminal number"}
	HelpPhone   = Word{"help.phone", "联系电话", "Telephone"}
	OffTitle    = Word{"offline.title", "网络中断了", "The network is away"}
	OffCan      = Word{"offline.can", "标着离线可办的事，现在可以办。", "What is marked for offline use can be done now."}
	OffKept     = Word{"offline.kept", "提交后先存在本机，联网后自动发送。", "It is kept here and sent by itself later."}
	OffCannot   = Word{"offline.cannot", "其他事要等联网，或到窗口办。", "The rest must wait, or be done at the counter."}
	UnknownView = Word{"frame.unknown", "这一步不能在这里显示。", "This step cannot be shown here."}
)

// Before a visit: A01, A02, A06, M05.
var (
	AttractLead  = Word{"attract.lead", "点一下屏幕开始", "Touch the screen to begin"}
	AttractText  = Word{"attract.text", "带上身份证和材料，就能在这里办。", "Bring your ID card and papers."}
	AttractItems = Word{"attract.items", "这里可以办", "What you can do here"}
	HomeTitle    = Word{"home.title", "您好，请选择要办理的事", "Hello, please choose a service"}
	HomeNone     = Word{"home.none", "现在没有可以办的事。", "No service is available now."}
	ClosedTitle  = Word{"closed.title", "暂停服务", "Out of service"}
	ClosedHours  = Word{"closed.hours", "现在不在服务时间内。", "It is outside opening hours now."}
	ClosedBroken = Word{"closed.broken", "机器出了故障，工作人员正在处理。", "The terminal has a fault. Staff are told."}
	ClosedSetUp  = Word{"closed.set-up", "机器还没有注册，不能办事。", "The terminal is not registered yet."}
	ClosedOther  = Word{"closed.other", "请到附近窗口或换一台机器。", "Please go to a counter or another terminal."}
	HoursLabel   = Word{"closed.hours-label", "服务时间", "Opening hours"}
	PairTitle    = Word{"pairing.title", "注册这台终端", "Register this terminal"}
	PairHint     = Word{"pairing.hint", "请工作人员输入一次性注册码。", "Staff: type the one-time code."}
	PairCode     = Word{"pairing.code", "注册码", "One-time code"}
	PairSerial   = Word{"pairing.serial", "序列号", "Serial number"}
	PairHub      = Word{"pairing.hub", "平台地址", "Platform"}
	PairBusy     = Word{"pairing.busy", "正在注册，请稍候。", "Registering, please wait."}
)

// Telling and asking: B01, B02.
var (
	GuideTitle   = Word{"guide.title", "%s：办理前请看", "%s: before you begin"}
	GuideWho     = Word{"guide.who", "谁可以办", "Who"}
	GuideNeeds   = Word{"guide.needs", "要准备什么", "What you need"}
	GuideNone    = Word{"guide.none", "不用准备材料", "Nothing to bring"}
	GuideTime    = Word{"guide.time", "大约要多久", "How long"}
	GuideMinutes = Word{"guide.minutes", "%d 分钟", "%d minutes"}
	GuideFee     = Word{"guide.fee", "费用", "Fee"}
	GuideResult  = Word{"guide.result", "结果怎么拿", "The answer"}
	GuideContact = Word{"guide.contact", "联系", "Contact"}
	GuideID      = Word{"guide.identity", "身份证", "ID card"}
	GuideIDNo    = Word{"guide.identity-no", "不用身份证", "Not needed"}
	GuideIDYes   = Word{"guide.identity-yes", "要刷身份证原件", "The card itself is read"}
	GuideIDMore  = Word{"guide.identity-more", "要刷身份证，还要再核验一次", "The card is read and checked once more"}
	GuideNet     = Word{"guide.network", "网络", "Network"}
	GuideO1      = Word{"guide.o1", "断网也能办，联网后自动提交", "Works offline, sent later by itself"}
	GuideO2      = Word{"guide.o2", "断网时只能办一部分", "Partly works offline"}
	GuideO3      = Word{"guide.o3", "要联网才能办", "Needs the network"}
	GuideNoPaper = Word{"guide.no-receipt", "打印机现在不能用，不打印回执。", "The printer is out: no receipt on paper."}
	GuideNote    = Word{"guide.note-number", "办完请记下屏幕上的收存号。", "Please note the number on the screen."}
	GuideOffline = Word{"guide.offline", "网络中断，材料会先存在本机。", "Offline: your papers are kept here first."}
	NoticeTitle  = Word{"consent.notice-title", "办理前请您知道", "Please know before you begin"}
	ConsentTitle = Word{"consent.title", "请看清楚，再决定是否同意", "Please read, then decide"}
	ConsentHint  = Word{"consent.hint", "不同意也可以到窗口办理。", "You may also go to the counter instead."}
	BasisDuty    = Word{"consent.duty", "依法告知", "Required by law"}
	BasisConsent = Word{"consent.consent", "需要您同意", "Needs your consent"}
	BasisAlone   = Word{"consent.separate", "需要您单独同意", "Needs your separate consent"}
	Recipient    = Word{"consent.recipient", "谁会收到", "Who receives it"}
	KeepFor      = Word{"consent.keep", "保存多久", "How long it is kept"}
	Law          = Word{"consent.law", "依据", "Legal basis"}
)

// Who you are: B03, B04, B05, E01, E03.
var (
	WaysTitle   = Word{"ways.title", "请选择一种方式", "Please choose a way"}
	CardTitle   = Word{"card.title", "请把身份证平放在读卡区", "Lay the ID card flat on the reader"}
	CardWhose   = Word{"card.whose", "请放%s的身份证", "ID card of: %s"}
	CardHint    = Word{"card.hint", "请拿起来重新放一次，照片面朝上。", "Lift it and lay it down again, photo up."}
	CardReading = Word{"card.reading", "正在读取，请不要移动", "Reading, please do not move the card"}
	CardSoon    = Word{"card.soon", "马上就好。", "Almost there."}
	CardTaken   = Word{"card.taken", "身份证已读好，拿走后点下一步。", "It has been read. Take it, then touch Next."}
	CardRead    = Word{"card.read", "读好了，请取走身份证", "Done. Please take your card"}
	CardName    = Word{"card.name", "姓名", "Name"}
	CardOther   = Word{"card.other", "也可以换一种方式", "Or use another way"}
	CardFail    = Word{"card-fail.title", "没读到身份证", "The card could not be read"}
	FailMedia   = Word{"card-fail.media", "请拿起来再放一次，多停一会儿。", "Lift it, lay it down again and leave it there."}
	FailKind    = Word{"card-fail.kind", "这张卡不是居民身份证。", "This is not a resident ID card."}
	FailKindDo  = Word{"card-fail.kind-do", "请换成居民身份证原件。", "Please use the resident ID card itself."}
	FailGone    = Word{"card-fail.gone", "读卡器暂时连不上。", "The card reader is away for now."}
	FailGoneDo  = Word{"card-fail.gone-do", "请稍等再试，或找人帮忙。", "Wait and try again, or get help."}
	FailSame    = Word{"card-fail.same", "这张卡刚才已经用过。", "This card was used a moment ago."}
	FailSameDo  = Word{"card-fail.same-do", "请放另一个人的身份证。", "Please use the other person's card."}
	FailTries   = Word{"card-fail.tries", "已经试了 %d 次。", "Tried %d times."}
	FailCounter = Word{"card-fail.counter", "也可以到人工窗口办理。", "You may also go to the counter."}
	ScanTitle   = Word{"scan.title", "请把回执的码放到镜头下", "Lay the receipt's code under the camera"}
	ScanHint    = Word{"scan.how", "码朝上，放平，不要反光。", "Code up, flat, without glare."}
	ScanSlow    = Word{"scan.hint", "请换个角度，或把纸压平。", "Turn it a little, or press it flat."}
	ScanFail    = Word{"scan-fail.title", "没扫到码", "No code was found"}
	ScanFailDo  = Word{"scan-fail.text", "请把码放到框内，再试一次。", "Put the code inside the frame and try again."}
	ScanForeign = Word{"scan-fail.foreign", "这不是本系统的回执码", "This is not a code of our receipts"}
	ScanBadDo   = Word{"scan-fail.foreign-do", "请换收存回执，或改用号码。", "Use our receipt, or type the number."}
	ScanNone    = Word{"scan-fail.not-found", "没查到这张回执的办件", "No case was found for this receipt"}
	ScanNoneDo  = Word{"scan-fail.not-found-do", "请再扫一次，或改用号码。", "Scan again, or type the number."}
	FailWait    = Word{"card-fail.wait", "还没感应到身份证。", "No card was felt yet."}
	ScanLost    = Word{"scan-fail.lost", "镜头暂时连不上", "The camera is away for now"}
)

// Questions: C01, C02, C04, C06.
var (
	FieldNow  = Word{"field.now", "现在是 %s", "Now: %s"}
	FieldPick = Word{"field.pick", "请选择一项", "Please choose one"}
	FieldOpt  = Word{"field.optional", "这一项可以不填。", "You may leave this out."}
)

// Papers: C07, C08.
var (
	ShootTitle  = Word{"capture.title", "请拍%s", "Picture of: %s"}
	ShootCount  = Word{"capture.count", "第 %d 样，共 %d 样。", "Paper %d of %d."}
	ShootPage   = Word{"capture.page", "第 %d 页，最多 %d 页", "Page %d, %d at most"}
	ShootWait   = Word{"capture.wait", "镜头正在打开，请稍候。", "The camera is starting."}
	ShootAway   = Word{"capture.away", "镜头没有连上", "The camera is not connected"}
	ShootPlace  = Word{"capture.place", "材料放平，对齐四个角。", "Lay it flat inside the four corners."}
	ShootSaved  = Word{"capture.taken", "已存好 %d 页。", "Pages kept safe: %d."}
	ShootSaving = Word{"capture.saving", "正在保存这一页。", "Saving this page."}
	ShootFailed = Word{"capture.save-error", "这一页没存上，请再拍一次。", "This page was not saved. Take it again."}
	ShootLost   = Word{"capture.lost", "镜头断开了，拍好的不会丢。", "The camera is away. Your pages are safe."}
	ShootLostDo = Word{"capture.lost-do", "请稍等再试，或找人帮忙。", "Wait and try again, or get help."}
	ReviewTitle = Word{"review.title", "照片看得清吗？", "Is the picture clear?"}
	ReviewLook  = Word{"review.look", "请看这几点", "Please look at"}
	ReviewAlt   = Word{"review.alt", "刚拍的照片", "The picture just taken"}
)

// Signing and checking: C09, C10.
var (
	SignHere     = Word{"sign.here", "请用手指在这里签名", "Please sign here with your finger"}
	SignWho      = Word{"sign.who", "签名人：%s", "Signed by: %s"}
	SignTail     = Word{"sign.tail", "请先看完，最后一页签名。", "Please read on; sign on the last page."}
	CheckTitle   = Word{"check.title", "请核对，没问题再提交", "Please check before you submit"}
	CheckNext    = Word{"check.title-next", "请核对您填的内容", "Please check your answers"}
	CheckHint    = Word{"check.hint", "一共 %d 项，%d 页材料。", "Answers: %d. Pages: %d."}
	CheckPages   = Word{"check.pages", "拍好的材料", "Your papers"}
	CheckFix     = Word{"check.problem", "提交前请先改好", "Please correct before you submit"}
	CheckPage    = Word{"check.page", "%s 第 %d 页", "%s, page %d"}
	CheckMask    = Word{"check.revealed", "%d 秒后重新隐藏", "Hidden again in %d s"}
	FromCard     = Word{"check.from-card", "来自身份证", "from the ID card"}
	FromCitizen  = Word{"check.from-citizen", "您填的", "your answer"}
	FromPlatform = Word{"check.from-platform", "来自平台", "from the platform"}
)

// Handing in and taking away: D01 to D07, E11.
var (
	SubmitTitle  = Word{"submit.title", "正在提交", "Submitting"}
	SubmitSeal   = Word{"submit.seal", "加密材料", "Seal your papers"}
	SubmitKeep   = Word{"submit.keep", "存入本机", "Keep them here"}
	SubmitSend   = Word{"submit.send", "发给平台", "Send to the platform"}
	SubmitNumber = Word{"submit.number", "取得平台编号", "Get the platform's number"}
	SubmitOther  = Word{"submit.other", "继续处理", "Working on"}
	SubmitHold   = Word{"submit.hold", "请不要离开，马上就好。", "Please stay, this is quick."}
	SubmitLong   = Word{"submit.long", "还在办理，请稍等。", "Still working, please wait."}
	DoneTitle    = Word{"received.title", "平台已收到", "The platform has received it"}
	DoneText     = Word{"received.text", "是否受理由部门决定，请凭号码查询。", "The authority decides. Ask with your number."}
	KeptTitle    = Word{"kept.title", "已收存，联网后自动提交", "Kept here, sent when online"}
	KeptText     = Word{"kept.text", "平台还没收到，请留好收存号。", "The platform has not got it yet. Keep your number."}
	RefusedTitle = Word{"kept.refused", "平台没有收下", "The platform did not take it"}
	RefusedText  = Word{"kept.refused.text", "请留好收存号，带材料到窗口。", "Keep your number and take your papers to the counter."}
	KeptBy       = Word{"kept.take-by", "到%s还查不到，请去窗口。", "If nothing is found by %s, go to the counter."}
	LocalNumber  = Word{"ticket.local", "收存号", "Local number"}
	OtherNumber  = Word{"ticket.platform", "平台编号", "Platform number"}
	TicketScan   = Word{"ticket.scan", "以后凭此码查进度", "Use this code to ask later"}
	Contact      = Word{"ticket.contact", "联系", "Contact"}
	AskPrint     = Word{"done.ask-print", "要打印回执吗？", "Print a receipt?"}
	NoPrinter    = Word{"done.no-printer", "打印机不能用，请记下收存号。", "No printer now. Please note the number."}
	WasPrinted   = Word{"done.printed", "回执已打印，请取走。", "The receipt is printed. Please take it."}
	NotPrinted   = Word{"done.not-printed", "回执没有打印。", "The receipt was not printed."}
	MaybePrinted = Word{"done.maybe-printed", "不知道回执打出来没有，请看出纸口。", "Not sure the receipt came out: look at the slot."}
	PrintTitle   = Word{"printing.title", "正在打印回执", "Printing the receipt"}
	PrintCopy    = Word{"printing.copy", "正在补打回执", "Printing a copy of the receipt"}
	PrintWait    = Word{"printing.wait", "请稍候，先别拉纸。", "Please wait, do not pull the paper."}
	TakeTitle    = Word{"take.title", "请取走回执", "Please take the receipt"}
	TakeText     = Word{"take.text", "回执在下方出纸口。", "It is in the slot below."}
	ByeDone      = Word{"goodbye.done", "办好了，谢谢您", "All done, thank you"}
	ByeCancelled = Word{"goodbye.cancelled", "已结束办理", "The visit has ended"}
	ByeTimeout   = Word{"goodbye.timeout", "时间到了，已结束办理", "Time was up, the visit has ended"}
	ByeWiped     = Word{"goodbye.wiped", "您的信息已从屏幕清除。", "Your data is cleared from the screen."}
	ByeWiping    = Word{"goodbye.wiping", "正在清除您的信息。", "Clearing your data."}
	ByeTake      = Word{"goodbye.take", "请带好身份证、材料和回执。", "Take your card, papers and receipt."}
	BootTitle    = Word{"restarted.title", "机器刚才重新启动了", "The terminal was restarted"}
	BootKept     = Word{"restarted.kept", "您提交的材料已收存，没有丢。", "What you submitted is kept and safe."}
	BootReceived = Word{"restarted.received", "您提交的材料，平台已收到。", "The platform has received what you submitted."}
	BootLost     = Word{"restarted.lost", "刚才没有提交，填的内容已清除。", "Nothing was submitted; it has been cleared."}
	BootAgain    = Word{"restarted.again", "请从首页重新办理。", "Please begin again from the start."}
)

// Cases: C11, C12.
var (
	CasesTitle   = Word{"cases.title", "您的办件", "Your cases"}
	CasesCount   = Word{"cases.count", "一共 %d 件，点一件看详情。", "Cases: %d. Touch one to see more."}
	CasesLoading = Word{"cases.loading", "正在查询，请稍候", "Looking it up, please wait"}
	CasesNone    = Word{"cases.none", "没有查到办件。", "No case was found."}
	CasesNoneDo  = Word{"cases.none-do", "请核对号码，或换一种方式。", "Check the number, or use another way."}
	CasesLocal   = Word{"cases.local", "网络中断，只有本机知道的情况。", "Offline: only what this terminal knows."}
	CasesAsOf    = Word{"cases.as-of", "截至 %s", "As of %s"}
	CasesMasked  = Word{"cases.masked", "按号码查询，不显示姓名。", "Found by number: no names are shown."}
	CaseTitle    = Word{"case.title", "%s：办到哪一步", "%s: where it stands"}
	CaseNow      = Word{"case.now", "现在的情况", "Now"}
	StateKept    = Word{"case.kept", "已收存（本机）", "Kept on the terminal"}
	StateGot     = Word{"case.received", "平台已收到", "Received by the platform"}
	StateTaken   = Word{"case.accepted", "已受理", "Accepted"}
	StateMore    = Word{"case.supplement", "需要补材料", "More papers are needed"}
	StateDone    = Word{"case.done", "已办结", "Done"}
	StateNo      = Word{"case.refused", "不予受理", "Not accepted"}
	StateStuck   = Word{"case.stuck", "平台没有收下，请找工作人员", "The platform did not take it: ask the staff"}
	StateOther   = Word{"case.other", "处理中", "In progress"}
)

// Trouble: E05, E06, E09.
var (
	PaperTitle   = Word{"printer.title", "回执没有打印出来", "The receipt was not printed"}
	PaperMaybe   = Word{"printer.maybe", "不知道回执打出来没有", "Not sure whether the receipt came out"}
	PaperYes     = Word{"printer.yes", "回执已打印，打印机要人看一下", "Printed, but the printer needs attention"}
	PaperLook    = Word{"printer.look", "请看出纸口，再选一项。", "Look at the slot, then choose."}
	StillKept    = Word{"trouble.kept", "您的材料已收存，不会丢。", "Your papers are kept and safe."}
	NotKept      = Word{"trouble.not-kept", "还没有提交，已填的先留着。", "Not submitted yet; your answers are held."}
	NetTitle     = Word{"network.title", "网络没连上", "The network is away"}
	NetDo        = Word{"network.do", "请稍后再试，或换一种方式。", "Try again later, or use another way."}
	ReaderTitle  = Word{"device.reader", "读卡器暂时不能用", "The card reader is not working now"}
	CameraTitle  = Word{"device.camera", "高拍仪暂时不能用", "The document camera is not working now"}
	PrinterTitle = Word{"device.printer", "打印机暂时不能用", "The printer is not working now"}
	DeviceTitle  = Word{"device.title", "机器暂时有故障", "The terminal has a fault now"}
	DeviceDo     = Word{"device.do", "请再试一次，或找人帮忙。", "Try again, or get help."}
)
