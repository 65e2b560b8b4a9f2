package main

import (
	"kiosk/device"
	"kiosk/drivers/escpos"
	"kiosk/drivers/mjpeg"
	"kiosk/drivers/sdt"
)

var allDrivers = []device.Driver{sdt.Driver, mjpeg.Driver, escpos.Driver}

var codeFinder device.CodeFinder
