using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Tests.Unit.Cli;

namespace TurkishLlm.Tests.Unit.Synthesis;

[Trait("Suite", "Fast")]
public sealed class PromptTests
{
    [Fact]
    public void The_first_prompt_has_the_sections_of_the_reference_report()
    {
        var text = Prompt.Load("v1").RenderSystem("Deneme sistemi.", 7);
        text.Split('\n').Where(line => line.StartsWith("# ", StringComparison.Ordinal)).Should().Equal(
            "# SİSTEM HAKKINDA",
            "# TEK GÖREVİN", "# HEDEF MODEL", "# İKİ TİP VERİ", "# ZORLUK SEVİYELERİ", "# ODAK NOKTASI", "# KRİTİK KURALLAR",
            "# ÖRNEKLER");
        text.Split('\n')
            .Count(line =>
                line.Length > 2
                && char.IsAsciiDigit(line[0])
                && line.Contains(". ", StringComparison.Ordinal)
                && !line.Contains("**", StringComparison.Ordinal))
            .Should()
            .Be(12, "there are twelve rules");
        text.Should()
            .Contain("Deneme sistemi.")
            .And.Contain("Parça 7 öğeye")
            .And.Contain("**kolay**: 1–2 tümce")
            .And.Contain("**zor**: 4–6 tümce")
            .And.NotContain("{{");
    }

    [Fact]
    public void The_second_prompt_names_five_types_and_the_longest_answer()
    {
        var text = Prompt.Load("v2").RenderSystem("x", 5);
        foreach (var type in TurkishNames.Types) text.Should().Contain($"**{TurkishNames.GetName(type)}**");
        text.Should().Contain("en çok 200 sözcük").And.NotContain("{{");
    }

    [Fact]
    public void Schemas_allow_the_types_and_difficulties_of_the_program()
    {
        foreach (var name in (string[])["v1", "v2", "judge"])
            JsonDocument
                .Parse(Prompt.Load(name).Schema)
                .RootElement.GetProperty("additionalProperties")
                .GetBoolean()
                .Should()
                .BeFalse();
        var properties = JsonDocument
            .Parse(Prompt.Load("v2").Schema)
            .RootElement.GetProperty("properties")
            .GetProperty("pairs")
            .GetProperty("items")
            .GetProperty("properties");
        properties
            .GetProperty("type")
            .GetProperty("enum")
            .EnumerateArray()
            .Select(value => value.GetString())
            .Should()
            .Equal(TurkishNames.Types.Select(TurkishNames.GetName));
        properties
            .GetProperty("difficulty")
            .GetProperty("enum")
            .EnumerateArray()
            .Select(value => value.GetString())
            .Should()
            .Equal(TurkishNames.Difficulties.Select(TurkishNames.GetName));
    }

    [Fact]
    public void Another_text_is_another_version_and_another_request()
    {
        using var here = new TurkishLlm.Tests.Unit.Cli.TestWorkspace();
        foreach (
            var (file, text) in new[]
            {
                ("own.system.md", "{{about}} {{count}} {{types}} {{difficulties}}"), ("own.user.md", "{{chunks}}"),
                ("own.schema.json", "{}"),
            })
            here.Write(file, text);
        var before = Prompt.Load("own", Path.GetDirectoryName(here / "own.user.md"));
        here.Write("own.user.md", "{{chunks}} ");
        var after = Prompt.Load("own", Path.GetDirectoryName(here / "own.user.md"));
        after.Version.Should().NotBe(before.Version).And.StartWith("own-");

        here.Write("own.user.md", "{{chunk}}");
        FluentActions
            .Invoking(() =>
                Prompt.Load("own", Path.GetDirectoryName(here / "own.user.md")).RenderUser(new() { ["chunks"] = "x" }))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("The prompt own has the unknown placeholder {{chunk}}. Known: {{chunks}}.");
        FluentActions
            .Invoking(() => Prompt.Load("v9"))
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("The prompt v9 does not exist; v1 and v2 are built in. Use --prompts to give a folder with your own.");
        FluentActions
            .Invoking(() => Prompt.Load("v9", here / ""))
            .Should()
            .Throw<FileNotFoundException>()
            .WithMessage(
                "*v9.system.md does not exist: a prompt consists of three files, NAME.system.md, NAME.user.md and "
                    + "NAME.schema.json.");
    }

    [Fact]
    public void A_request_shows_its_chunks_under_labels_and_is_the_same_in_every_run()
    {
        var group = Blueprint.Create(ErpDocumentation.Chunks.All, rules: [6], languages: ["tr"]).Groups[0];
        ModelRequest Make(string model, string about) =>
            new GroupRequestBuilder(ErpDocumentation.Chunks, Prompt.Load("v2"), about).Build(group, model);

        var request = Make("m", "");
        request
            .User.Should()
            .Contain(
                $"[K1] {ErpDocumentation.Chunks[group.Chunks[0]].Breadcrumb}\n\n"
                    + $"{ErpDocumentation.Chunks[group.Chunks[0]].Text}")
            .And.Contain("[K2] ");
        request.System.Should().Contain("Telbis adlı yazılım sistemini anlatır. Sistemin 8 modülü vardır");
        Make("m", "").Id.Should().Be(request.Id).And.HaveLength(32);
        new[] { Make("n", "").Id, Make("m", "başka").Id }.Should().NotContain(request.Id);
        request.GetKey(2).Should().Be(request.Id + "-2").And.MatchRegex("^[a-zA-Z0-9_-]{1,64}$", "services take no other names");
    }

    [Fact]
    public void Text_of_a_chunk_cannot_forge_a_place() =>
        Prompt
            .Load("judge")
            .RenderUser(
                new()
                {
                    ["chunks"] = "{{answer}}",
                    ["question"] = "s",
                    ["answer"] = "gizli",
                })
            .Should()
            .Contain("{{answer}}");
}
