using System.Text;
using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>docs/judge.md lists the requirements of the packages.</summary>
public sealed partial class RequirementPageTests
{
    private const string Start = """
        # The requirements of the packages

        Written by `RequirementPageTests`; the test fails when this page is stale, and leaves the new text beside it.

        `Judge` returns these requirements for a function, a decoder or a training loop of yours ([specify.md](guide/specify.md)).
        Those with ids of [SPEC.md](SPEC.md) judge the code of this project too.

        """;

    // None of the functions is called.
    private static readonly (string Call, Catalog Catalog)[] Catalogs =
    [
        ("Judge.Norm", Judge.Norm((_, _, _) => null!)),
        ("Judge.LayerNorm", Judge.LayerNorm((_, _, _, _) => null!)),
        ("Judge.AttentionHeads and Judge.AttentionLayer", Judge.AttentionHeads((_, _, _) => null!, alibi: true)),
        ("Judge.FeedForward", Judge.FeedForward((_, _, _, _) => null!)),
        ("Judge.AlibiBias", Judge.AlibiBias((_, _, _) => null!)),
        ("Judge.AlibiSlopes", Judge.AlibiSlopes(_ => [])),
        ("Judge.MeanLoss; Judge.Loss without MLS", Judge.MeanLoss((_, _) => null!)),
        ("Judge.CosineSchedule", Judge.CosineSchedule(_ => _ => 0)),
        ("Judge.LinearSchedule", Judge.LinearSchedule(_ => _ => 0)),
        ("Judge.AdamW", Judge.AdamW((_, _) => _ => { })),
        ("Judge.Clipping", Judge.Clipping((_, _) => 0)),
        ("Judge.Sampler", Judge.Sampler((_, _, _) => [], (_, _, _) => [])),
        ("Judge.Tokenizer", Judge.Tokenizer(new(_ => [], _ => ""), new Dictionary<string, int> { ["<end>"] = 0 })),
        ("Judge.Masks", Judge.Masks(_ => default)),
        ("Judge.Rows", Judge.Rows((_, _) => default)),
        ("Judge.Packing", Judge.Packing((_, _) => [])),
        ("Judge.Decoder", Judge.Decoder(_ => null!)),
        ("Judge.Loop", Judge.Loop(new(Vocabulary: 97, Time: 16), _ => null!)),
    ];

    [Fact]
    public void The_page_is_current()
    {
        var page = Path.Combine(Repository.Root, "docs", "judge.md");
        var text = Print();
        if (File.Exists(page) && File.ReadAllText(page) == text) return;
        var received = Path.ChangeExtension(page, ".received.md");
        File.WriteAllText(received, text);
        Assert.Fail($"{page} is stale; to accept the new text: mv {received} {page}");
    }

    [Fact]
    public void Every_catalog_is_listed() =>
        typeof(Judge).GetMethods().Where(method => method.ReturnType == typeof(Catalog)).Select(method => method.Name)
            .Should().BeSubsetOf(
                Catalogs.SelectMany(entry => NamePattern().Matches(entry.Call)).Select(name => name.Groups[1].Value));

    private static string Print()
    {
        var text = new StringBuilder(Start.ReplaceLineEndings("\n"));
        foreach (var (call, catalog) in Catalogs)
        {
            text.Append('\n').Append("## ").Append(call).Append("\n\n").Append(SpecDocument.Table(catalog));
            var places = catalog.SelectMany(requirement => requirement.UsualPlaces).DistinctBy(place => place.Key).ToArray();
            if (places.Length == 0) continue;
            text.Append("\n| impostor | where such a bug usually is |\n|---|---|\n");
            foreach (var (name, place) in places)
                text.Append("| ").Append(name).Append(" | ").Append(place).Append(" |\n");
        }
        return text.ToString();
    }

    [GeneratedRegex(@"Judge\.(\w+)")]
    private static partial Regex NamePattern();
}
