using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.LanguageModels.Foreign;

/// <summary>The requirements of docs/foreign-bugs.md catch the bugs, and the page is what its rows give.</summary>
[Collection(nameof(NonParallel))]
public sealed class ForeignBugTests
{
    public static TheoryData<ForeignBug> Bugs() => [.. ForeignCatalogs.Reports.Select(report => report.Bug)];

    [Theory, MemberData(nameof(Bugs))]
    public void A_bug_fails_the_requirements_of_its_row(ForeignBug bug)
    {
        var report = ForeignCatalogs.Reports.Single(report => report.Bug == bug);
        var (catalog, ids) = (ForeignCatalogs.Get(report.Subject, bug), ForeignBugPage.Read()[bug].Ids);
        foreach (var requirement in ids.Select(catalog.Find))
        {
            Enumerable.Range(0, requirement.CaseNames.Count).Select(i => requirement.Judge(i, Conditions.Cpu))
                .Should().Contain(verdict => !verdict.Holds && !verdict.Crashed, "{0} fails {1}", bug, requirement.Id);
        }
        if (ids.Count == 0)
            catalog.Judge().Should().NotContain(judgment => !judgment.Verdict.Holds && !judgment.Verdict.Crashed);
    }

    [Fact]
    public void The_page_is_what_its_rows_give() =>
        File.ReadAllText(ForeignBugPage.File).ReplaceLineEndings("\n").Should().Be(ForeignBugPage.Render(ForeignBugPage.Read()));

    [Fact]
    public void Every_bug_without_an_id_has_a_reason() => ForeignBugPage.Read().Where(row => row.Value.Ids.Count == 0)
        .Select(row => row.Key)
        .Should().BeEquivalentTo([.. ForeignBugNotes.Missed.Keys, .. ForeignBugNotes.NotCounted.Keys]);

    [Theory]
    [InlineData(ForeignBug.PackedTextsAttend), InlineData(ForeignBug.UntiedByLoading), InlineData(ForeignBug.SeedIgnored)]
    public void A_failure_names_the_bug_and_its_usual_place(ForeignBug bug)
    {
        var report = ForeignCatalogs.Reports.Single(report => report.Bug == bug);
        var verify = () => ForeignCatalogs.Get(report.Subject, bug).Verify();
        verify.Should().Throw<RequirementFailedException>().WithMessage(
            $"*looks like: {ForeignImpostors.ByBug[bug][0]} (measures *usual place: *");
    }

    [Fact]
    public void Record()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("FOREIGN_BUGS") == "record", "FOREIGN_BUGS is not record");
        File.WriteAllText(ForeignBugPage.File, ForeignBugPage.Render(ForeignCatalogs.Reports.ToDictionary(r => r.Bug, Measure)));
    }

    private static ForeignBugResult Measure(ForeignBugReport report)
    {
        var judgments = ForeignCatalogs.Get(report.Subject, report.Bug).Judge();
        string[] ids =
        [
            .. judgments.Where(judgment => judgment.Verdict is { Holds: false, Crashed: false })
                .Select(judgment => judgment.Requirement.Id).Distinct(),
        ];
        return new(
            ids,
            ids.Length > 0 && Explanation.Rank(judgments, Conditions.Cpu) is [{ Distance: <= Resemblance.Far } nearest, ..]
                ? nearest.Impostor
                : "");
    }
}
