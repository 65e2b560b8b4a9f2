package words

// Buttons of the bar and the footer: verbs, at most 8 Han or 18 letters.
var (
	Begin     = Word{"button.begin", "开始办理", "Begin"}
	Next      = Word{"button.next", "下一步", "Next"}
	Back      = Word{"button.back", "返回", "Back"}
	Agree     = Word{"button.agree", "同意并继续", "Agree, go on"}
	Refuse    = Word{"button.refuse", "不同意", "I do not agree"}
	Skip      = Word{"button.skip", "跳过", "Skip"}
	SkipSign  = Word{"button.skip-sign", "不便签名", "I cannot sign"}
	Shoot     = Word{"button.shoot", "拍照", "Take picture"}
	Retake    = Word{"button.retake", "重拍", "Take again"}
	KeepPage  = Word{"button.keep-page", "用这张", "Use this one"}
	NoMore    = Word{"button.no-more", "拍好了，下一步", "Done, next"}
	Submit    = Word{"button.submit", "提交", "Submit"}
	SignNext  = Word{"button.sign-next", "签好了，下一步", "Signed, next"}
	SignSend  = Word{"button.sign-submit", "签好了，提交", "Signed, submit"}
	ClearInk  = Word{"button.sign-clear", "清除重签", "Clear"}
	UndoInk   = Word{"button.sign-undo", "撤一笔", "Undo"}
	Reveal    = Word{"button.reveal", "显示十秒", "Show for 10 s"}
	Edit      = Word{"button.edit", "修改", "Change"}
	Delete    = Word{"button.delete", "删除", "Delete"}
	Print     = Word{"button.print", "打印", "Print"}
	NoPrint   = Word{"button.no-print", "不打印", "Do not print"}
	Taken     = Word{"button.taken", "取走了", "I have it"}
	Retry     = Word{"button.retry", "再试一次", "Try again"}
	Finish    = Word{"button.finish", "结束并清除", "End and clear"}
	GoHome    = Word{"button.home", "回到首页", "Go to start"}
	Leave     = Word{"button.leave", "结束并清除", "End and clear"}
	Stay      = Word{"button.stay", "继续办理", "Go on"}
	Help      = Word{"button.help", "找人帮忙", "Get help"}
	CloseHelp = Word{"button.close-help", "回到办理", "Return"}
	Offline   = Word{"button.offline", "断网说明", "Why offline"}
	Enrol     = Word{"button.enrol", "注册", "Register"}
	PrevPage  = Word{"button.page-prev", "上一页", "Previous page"}
	NextPage  = Word{"button.page-next", "下一页", "Next page"}
	// Language names the other language in that language.
	Language = Word{"button.language", "English", "中文"}
)

// Keys of the pad and the letter keyboard.
var (
	KeyDelete = Word{"key.delete", "删除", "Delete"}
	KeyClear  = Word{"key.clear", "清空", "Clear"}
)

// Wide buttons in the body: ways on, at most 14 Han or 36 letters.
var (
	WayCard      = Word{"way.card", "刷身份证", "Use your ID card"}
	WayCode      = Word{"way.code", "扫回执上的码", "Scan the code on your receipt"}
	WayNumber    = Word{"way.number", "输入收存号或平台编号", "Type the number on your receipt"}
	WayRetry     = Word{"way.retry", "再试一次", "Try again"}
	WayPrint     = Word{"way.print", "打印", "Print"}
	WayCopy      = Word{"way.copy", "再打一份，标明补打", "Print another, marked as a copy"}
	WayNoPrint   = Word{"way.no-print", "不打印，记下号码", "Do not print, note the number"}
	WayGot       = Word{"way.got", "回执已拿到", "I have the receipt"}
	WayMore      = Word{"way.more", "再拍一页", "Take another page"}
	WayDelete    = Word{"way.delete", "删除这一页", "Delete this page"}
	WayDropLast  = Word{"way.delete-last", "删除刚拍的一页", "Delete the last page"}
	WayBack      = Word{"way.back", "返回上一步", "Go back one step"}
	WaySkip      = Word{"way.skip", "跳过这一步", "Skip this step"}
	WayNext      = Word{"way.next", "继续下一步", "Go on to the next step"}
	WayFinish    = Word{"way.finish", "结束并清除", "End and clear"}
	WayUseNumber = Word{"way.use-number", "改为输入号码", "Type the number instead"}
)
