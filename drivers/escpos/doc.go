// Package escpos drives receipt printers that speak ESC/POS, over TCP port 9100 or a serial line.
//
// A slip goes out as raster (GS v 0) in bands of at most 128 rows, so that the printer's own fonts, code
// pages and code symbols never matter. Each band is a place to look at the status and, if need be, to stop:
//
//	ESC @  ESC c 5 1 | GS v 0 … | DLE EOT 1 | GS v 0 … | … | GS V A n | GS r 1 → byte | DLE EOT 1–4 → 4 bytes
//	 start, buttons    band 1     still well?  band 2         feed, cut  all done?        in which state?
//
// What comes back is sorted by its first byte, as the Epson dialect allows: x & 93 = 12 is an answer to
// DLE EOT, x & 93 = 10 begins an automatic block of four, x & 90 = 00 answers GS r, 5F begins a text of GS I.
//
// Sources: the public command pages of Epson (TM-T88, TM-T81, TM-L60II) and of HPRT, Custom and Bixolon printers, python-escpos,
// escpos-php. Other dialects (Custom's full status, Reliance without fixed bits) are not driven.
// Units: dots at 203 dpi (8 a millimetre), bytes of 8 dots, most significant bit left, 1 black.
package escpos
