using FluentAssertions;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.Privacy;
using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Tests.Unit.Plans;

public sealed class CorpusPlanTests
{
    private const string Small = """
        tokenizer: tok
        output: out
        sources:
          a: { path: a.txt, cap: 1.5GB, weight: 2.5, domain: legal }
          b: { path: b }
        minimum_turkish: 0.1
        near_duplicates: 1
        invalid_text: skipdocument
        evaluation_files: [q.jsonl, t.txt]

        """;

    [Fact]
    public void Reads_every_key_and_resolves_paths()
    {
        var plan = CorpusPlan.Parse(
            Small, "corpus.yaml",
            ["overlap_words=7", "sources.b.cap=20KB", "pii=mask", "pii_ip_addresses=true"],
            Path.Combine(Path.GetTempPath(), "x"));
        string At(string name) => Path.Combine(Path.GetTempPath(), "x", name);

        plan.Tokenizer.Should().Be(At("tok"));
        plan.Options.Output.Should().Be(At("out"));
        plan.Options.Sources.Should().Equal(
            new CorpusSource("a", At("a.txt"), 2.5, 1_500_000_000, "legal"), new CorpusSource("b", At("b"), 1, 20_000, ""));
        (plan.Options.MinimumTurkish, plan.Options.NearDuplicateSimilarity, plan.Options.OverlapWords, plan.Options.InvalidText)
            .Should().Be((0.1, null, 7, InvalidText.SkipDocument));
        plan.Options.EvaluationFiles.Should().Equal(At("q.jsonl"), At("t.txt"));
        plan.Options.ValidationShare.Should().Be(0.01);
        (plan.Options.PersonalData, plan.Options.FindIpAddresses).Should().Be((PersonalDataAction.Mask, true));
    }

    [Theory]
    [InlineData("sources.a.cap=0.5", "--set sources.a.cap=0.5: sources.a.cap is 0.5, but it must be a size, such as 310MB.")]
    [InlineData("sources.a.cap=3 TB", "--set sources.a.cap=3 TB: sources.a.cap is 3 TB, but it must be a size, such as 310MB.")]
    [InlineData(
        "invalid_text=repair", "--set invalid_text=repair: invalid_text is \"repair\", but it must be refuse or skipdocument.")]
    [InlineData("sources.a.weight=0", "corpus.yaml: The weight of a is 0; it must be above 0 and at most 100.")]
    [InlineData("near_duplicates=0.3", "corpus.yaml: NearDuplicateSimilarity is 0.3; it must be 0.5 to 1, such as 0.8.")]
    [InlineData("sources=[]", "--set sources=[]: sources is a value, but it must be a section.")]
    [InlineData("sources={}", "corpus.yaml: The number of sources is 0; it must be at least 1.")]
    [InlineData(
        "validation_shar=0.1", "--set validation_shar=0.1: unknown key \"validation_shar\". Did you mean \"validation_share\"?")]
    public void Refuses_invalid_values(string change, string message)
    {
        var parse = () => CorpusPlan.Parse(Small, "corpus.yaml", [change]);
        parse.Should().Throw<ConfigurationException>().WithMessage(message);
    }

    [Fact]
    public void An_empty_plan_gets_an_example()
    {
        var parse = () => CorpusPlan.Parse("", "corpus.yaml", []);
        parse
            .Should()
            .Throw<ConfigurationException>()
            .WithMessage("corpus.yaml: is empty; a plan begins with tokenizer: and output:");
    }
}
