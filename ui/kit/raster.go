package kit

import (
	"bytes"
	"image"
	"sync"

	"fyne.io/fyne/v2"
	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

// rasterMost bounds the drawings that are kept, in bytes of their pixels.
const rasterMost = 48 << 20

// rasters holds drawings by name and size: drawing one of the size of the panel takes a quarter of a second. Fyne's own way
// would draw each at twice the size first, because it does not yet know the window, and then again.
var rasters struct {
	sync.Mutex
	size  int
	drawn map[rasterKey]*image.RGBA
}

type rasterKey struct {
	name string
	w, h int
}

// raster draws an SVG as large as fits into w by h pixels; names of resources are unique. What cannot be drawn is empty. The
// picture is shared and must not be written to.
func raster(res fyne.Resource, w, h float32) *image.RGBA {
	key := rasterKey{res.Name(), int(w), int(h)}
	rasters.Lock()
	defer rasters.Unlock()
	if img, ok := rasters.drawn[key]; ok {
		return img
	}
	img := drawSVG(res.Content(), key.w, key.h)
	if rasters.size+len(img.Pix) > rasterMost || rasters.drawn == nil {
		rasters.drawn, rasters.size = make(map[rasterKey]*image.RGBA), 0
	}
	rasters.drawn[key] = img
	rasters.size += len(img.Pix)
	return img
}

func drawSVG(svg []byte, w, h int) *image.RGBA {
	icon, err := oksvg.ReadIconStream(bytes.NewReader(svg))
	if err != nil || w < 1 || h < 1 || icon.ViewBox.W <= 0 || icon.ViewBox.H <= 0 {
		return image.NewRGBA(image.Rect(0, 0, 1, 1))
	}
	k := min(float64(w)/icon.ViewBox.W, float64(h)/icon.ViewBox.H)
	w, h = max(1, int(icon.ViewBox.W*k+0.5)), max(1, int(icon.ViewBox.H*k+0.5))
	icon.SetTarget(0, 0, float64(w), float64(h))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	icon.Draw(rasterx.NewDasher(w, h, rasterx.NewScannerGV(w, h, img, img.Bounds())), 1)
	return img
}
