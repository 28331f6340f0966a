using System.Xml.Linq;
using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Packages;

/// <summary>The template: its tests pass, and catch each of the bugs that it plants.</summary>
[Collection(nameof(UsesPackedPackages))]
public sealed class TemplateTests(PackedPackages packages)
{
    private static readonly Dictionary<string, string> FailedByBug = new()
    {
        ["leak"] = "DEC-02 ",
        ["tiled"] = "MY-01 ",
        ["untied"] = "DEC-19 ",
    };

    [Fact]
    public void A_created_project_passes_and_catches_each_planted_bug()
    {
        Assert.SkipUnless(
            PackedPackages.LibtorchReference.Contains("libtorch-cpu", StringComparison.Ordinal),
            "The template takes the libtorch of the CPU, which this build did not restore.");
        var template = Path.Combine(packages.Feed, $"TurkishLlm.Specification.Templates.{PackedPackages.Version}.nupkg");
        packages.RunDotnet("new", "install", template, "--debug:custom-hive", packages["hive"]).Succeeded();

        var (code, output) = Test("none");
        code.Should().Be(0, "{0}", output);
        output.Should().Contain("Failed: 0,").And.Contain("the decoder has no cache");
        foreach (var (bug, failed) in FailedByBug)
        {
            (code, output) = Test(bug);
            code.Should().NotBe(0, "{0} is a bug:\n{1}", bug, output);
            output.Should().Contain($"GptTests.Holds [{failed}").And.Contain("[FAIL]").And.Contain("looks like: ");
            if (bug == "tiled")
                output.Split('\n').Select(line => line.Trim()).Should().Contain(
                    SpecifyPage.Blocks("In xUnit", "")[0].Split('\n').Select(line => line.Trim()), "the page prints it");
        }
    }

    [Fact]
    public void It_takes_the_packages_of_this_repository()
    {
        var known = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(entry => (string)entry.Attribute("Include")!, entry => (string)entry.Attribute("Version")!);
        known.Add("TurkishLlm.Specification.Xunit", PackedPackages.Version);
        XDocument.Load(Path.Combine(Repository.Root, "templates", "turkishllm-spec", "MySpec.csproj"))
            .Descendants("PackageReference")
            .Should().OnlyContain(entry => known[(string)entry.Attribute("Include")!] == (string)entry.Attribute("Version")!);
    }

    private (int Code, string Output) Test(string bug)
    {
        packages.RunDotnet(
            "new", "turkishllm-spec", "-o", packages["MyGpt"], "--bug", bug, "--force", "--debug:custom-hive",
            packages["hive"]).Succeeded();
        string[] restore = bug == "none" ? [] : ["--no-restore"];
        packages.RunDotnet(["build", packages["MyGpt"], "-c", "Release", "-v", "q", "-nodeReuse:false", .. restore]).Succeeded();
        var run = packages.RunDotnet(Path.Combine(packages["MyGpt"], "bin", "Release", "net10.0", "MyGpt.dll"), "-noColor");
        return (run.Code, run.Output);
    }
}
