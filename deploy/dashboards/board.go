package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// board is one dashboard: rows of panels.
type board struct {
	id, title, about string
	since            string // the time that it shows at first
	rows             []row
}

type row struct {
	title  string
	panels []panel
}

// panel is a graph, or where it is now one number for each query.
type panel struct {
	title, about string
	unit         string // as Grafana names it
	now          bool
	full         bool   // from 0 to 1
	width        uint32 // of 24; 0 is a third, or an eighth of a number
	queries      []query
}

type query struct{ expr, legend string }

// Grafana's names of units.
const (
	seconds  = "s"
	share    = "percentunit"
	size     = "bytes"
	each     = "short"
	perS     = "reqps"
	dateTime = "dateTimeFromNow"
)

var source = func() common.DataSourceRef {
	kind, uid := "prometheus", "prometheus" // as in deploy/compose/grafana/datasources
	return common.DataSourceRef{Type: &kind, Uid: &uid}
}()

func (b board) build() (dashboard.Dashboard, error) {
	out := dashboard.NewDashboardBuilder("NeoForge: "+b.title).Uid("neoforge-"+b.id).Description(b.about).
		Tags([]string{"neoforge"}).Readonly().Timezone("browser").Refresh("30s").Time("now-"+b.since, "now").
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Link(dashboard.NewDashboardLinkBuilder("NeoForge").Type(dashboard.DashboardLinkTypeDashboards).Tags([]string{"neoforge"}).AsDropdown(true).KeepTime(true))
	for _, r := range b.rows {
		out.WithRow(dashboard.NewRowBuilder(r.title))
		for _, p := range r.panels {
			if p.now {
				out.WithPanel(p.number())
			} else {
				out.WithPanel(p.graph())
			}
		}
	}
	return out.Build()
}

func (p panel) graph() *timeseries.PanelBuilder {
	g := timeseries.NewPanelBuilder().Title(p.title).Description(p.about).Unit(p.unit).Datasource(source).
		Height(8).Span(max(p.width, 8)).Min(0).FillOpacity(8).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom))
	if p.full {
		g.Max(1)
	}
	for _, q := range p.queries {
		g.WithTarget(prometheus.NewDataqueryBuilder().Expr(q.expr).LegendFormat(q.legend).Datasource(source))
	}
	return g
}

func (p panel) number() *stat.PanelBuilder {
	n := stat.NewPanelBuilder().Title(p.title).Description(p.about).Unit(p.unit).Datasource(source).Height(4).Span(max(p.width, 4))
	for _, q := range p.queries {
		n.WithTarget(prometheus.NewDataqueryBuilder().Expr(q.expr).LegendFormat(q.legend).Datasource(source).Instant())
	}
	return n
}
