package assets

import (
	"strings"
	"testing"
)

func TestDefault_RefusesModulesWhoseFilesTheReleaseLacks(t *testing.T) {
	t.Parallel()
	if err := carriesAll([]Module{{Name: "content", Files: OwnFiles}, {Name: "quiet"}}); err != nil {
		t.Error(err)
	}
	err := carriesAll([]Module{{Name: "content", Files: OwnFiles}, {Name: "notices", Files: "example.com/noticeboard/web"}})
	if err == nil || !strings.Contains(err.Error(), "notices") || !strings.Contains(err.Error(), "bundle") {
		t.Errorf("have %v", err)
	}
}
