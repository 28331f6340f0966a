using FluentAssertions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tools.Mutation.Generated;
using TurkishLlm.Tools.Mutation.Generated.Reach;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>The tests by which <c>./run mutate --random</c> judges a mutant, after <c>--reach</c>.</summary>
public sealed class ReachMapTests
{
    private const string Source = "src/Evaluation/Metrics/ChrFScore.cs";
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, Source));
    private static readonly MemberInstrumenter Bodies = new(Text);
    private static readonly TestClass Test = TestClass.All[0];

    private static readonly GeneratedMutant Mutant = MutantGenerator.Mutate(SourceProject.Load("src/Evaluation"))
        .First(mutant => mutant.File == Source && Bodies.Find(mutant.Span) > 0);

    [Fact]
    public void A_test_that_enters_the_body_judges_the_mutant() => Judges(Map(Bodies.Find(Mutant.Span)!.Value)).Should().BeTrue();

    [Fact]
    public void A_test_that_enters_another_body_does_not() => Judges(Map(0)).Should().BeFalse();

    [Fact]
    public void A_test_that_is_not_recorded_does() => Judges(Map(0, name: "another")).Should().BeTrue();

    [Fact]
    public void A_test_that_has_changed_does() => Judges(Map(0, hash: "another")).Should().BeTrue();

    [Fact]
    public void Every_test_judges_a_mutant_of_a_source_that_has_changed() =>
        Judges(Map(0, source: Text + "\n")).Should().BeTrue();

    [Fact]
    public void Every_test_judges_a_mutant_of_an_initializer()
    {
        var place = new Microsoft.CodeAnalysis.Text.TextSpan(0, 1);
        Map(0).FilterFor(Mutant with { Span = place })(Test).Should().BeTrue();
    }

    [Fact]
    public void A_map_that_is_written_is_read_again()
    {
        using var folder = new TemporaryFolder();
        var file = folder / "new/reach.json";
        Map(0).Write(file);
        Judges(ReachMap.Read(file)).Should().BeFalse();
        Judges(ReachMap.Read(folder / "none.json")).Should().BeTrue();
    }

    [Fact]
    public void A_recording_with_other_sources_starts_again()
    {
        var sources = new Dictionary<string, string> { [Source] = MutantGenerator.HashOf(Text) };
        Map(0).TestsOf(sources).Should().ContainKey(Test.Name);
        Map(0).TestsOf(new() { [Source] = "another" }).Should().BeEmpty();
        Map(0).TestsOf(new(sources) { ["src/New.cs"] = "1" }).Should().BeEmpty();
    }

    /// <summary>Otherwise a mutant would not be judged by a test that decides over planted bugs.</summary>
    [Fact]
    public void Tests_of_the_fast_suite_that_run_src_judge_mutants()
    {
        var fast = TestClass.All.Where(test => test.IsFast).Select(test => test.Name.Split('.')[^1]).ToArray();
        var marked = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "tests", "Unit"), "*Tests.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("[Trait(\"Suite\", \"Fast\")]", StringComparison.Ordinal)
                || File.ReadAllText(file).Contains(", Trait(\"Suite\", \"Fast\")]", StringComparison.Ordinal))
            .Select(Path.GetFileNameWithoutExtension);
        // These judge oracles and cases of requirements, which no mutant changes.
        marked.Except(["ReachMapTests"]).Except(fast).Should().BeEquivalentTo("CaseDimensionTests", "JinjaOracleTests");
    }

    private static bool Judges(ReachMap map) => map.FilterFor(Mutant)(Test);

    private static ReachMap Map(int body, string? name = null, string? hash = null, string? source = null) => new(new(
        new() { [Source] = MutantGenerator.HashOf(source ?? Text) },
        new() { [name ?? Test.Name] = new(hash ?? Test.Hash, new() { [Source] = [body] }) }));
}
