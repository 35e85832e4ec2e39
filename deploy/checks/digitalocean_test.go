package checks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/digitalocean/godo"
	"sigs.k8s.io/yaml"
)

// The values of an enumeration that godo's types only call strings.
var (
	engines    = []godo.AppDatabaseSpecEngine{godo.AppDatabaseSpecEngine_PG, godo.AppDatabaseSpecEngine_Valkey}
	scopes     = []godo.AppVariableScope{godo.AppVariableScope_RunTime, godo.AppVariableScope_BuildTime, godo.AppVariableScope_RunAndBuildTime}
	varTypes   = []godo.AppVariableType{"", godo.AppVariableType_General, godo.AppVariableType_Secret}
	registries = []godo.ImageSourceSpecRegistryType{godo.ImageSourceSpecRegistryType_Ghcr, godo.ImageSourceSpecRegistryType_DOCR, godo.ImageSourceSpecRegistryType_DockerHub}
	rules      = []godo.AppAlertSpecRule{godo.AppAlertSpecRule_DeploymentFailed, godo.AppAlertSpecRule_DomainFailed, godo.AppAlertSpecRule_RestartCount}
)

func appSpec(text []byte) (spec godo.AppSpec, err error) {
	return spec, yaml.UnmarshalStrict(text, &spec, func(d *json.Decoder) *json.Decoder { d.DisallowUnknownFields(); return d })
}

func TestAppPlatform_ReadsTheSpec(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../digitalocean/app.yaml")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := appSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	images := map[string]*godo.ImageSourceSpec{}
	runs := map[string]string{}
	for _, s := range spec.Services {
		images[s.Name], runs[s.Name] = s.Image, s.RunCommand
		if s.HTTPPort != 8080 || s.HealthCheck.HTTPPath != "/readyz" || s.LivenessHealthCheck.HTTPPath != "/healthz" || s.InstanceCount < 2 {
			t.Errorf("the service is %+v", s)
		}
		if s.Termination.GracePeriodSeconds < 5+20+10 {
			t.Errorf("an instance is killed after %d seconds", s.Termination.GracePeriodSeconds)
		}
	}
	for _, w := range spec.Workers {
		images[w.Name], runs[w.Name] = w.Image, w.RunCommand
		if w.LivenessHealthCheck.Port != 9090 || w.Termination.GracePeriodSeconds < 20+10 {
			t.Errorf("the worker is %+v", w)
		}
	}
	for _, j := range spec.Jobs {
		images[j.Name], runs[j.Name] = j.Image, j.RunCommand
		if j.Kind != godo.AppJobSpecKind_PreDeploy {
			t.Errorf("the job %s is %s", j.Name, j.Kind)
		}
	}
	if have, want := fmt.Sprint(runs), "map[migrate:/neoforge migrate up web:/neoforge serve work:/neoforge work]"; have != want {
		t.Errorf("it runs %s, want %s", have, want)
	}
	for name, image := range images {
		if image == nil || !slices.Contains(registries, image.RegistryType) || *image != *images["web"] {
			t.Errorf("%s runs another image: %+v", name, image)
		}
	}
	names := map[string]bool{}
	for _, d := range spec.Databases {
		names[d.Name] = true
		if !slices.Contains(engines, d.Engine) || !d.Production || d.ClusterName == "" {
			t.Errorf("the database is %+v", d)
		}
	}
	for _, e := range spec.Envs {
		if !slices.Contains(scopes, e.Scope) || !slices.Contains(varTypes, e.Type) {
			t.Errorf("%s has the scope %q and the type %q", e.Key, e.Scope, e.Type)
		}
		if secret := regexp.MustCompile(`PASSWORD|TOKEN|SECRET|MAIL_URL`).MatchString(e.Key); secret != (e.Type == godo.AppVariableType_Secret) {
			t.Errorf("%s: is a secret %t, and its type is %q", e.Key, secret, e.Type)
		}
		for _, m := range regexp.MustCompile(`\$\{([a-z]+)\.`).FindAllStringSubmatch(e.Value, -1) {
			if !names[m[1]] {
				t.Errorf("%s asks for %s, which is no component", e.Key, m[1])
			}
		}
	}
	for _, a := range spec.Alerts {
		if !slices.Contains(rules, a.Rule) {
			t.Errorf("the alert %q", a.Rule)
		}
	}
	if spec.Ingress.Rules[0].Component.Name != spec.Services[0].Name || spec.Domains[0].Type != godo.AppDomainSpecType_Primary {
		t.Errorf("the ingress is %+v, the domain %+v", spec.Ingress.Rules[0], spec.Domains[0])
	}
	if _, err := appSpec(bytes.Replace(text, []byte("http_path"), []byte("http_pathe"), 1)); err == nil || !strings.Contains(err.Error(), "http_pathe") {
		t.Errorf("a misspelt word is read: %v", err)
	}
}
