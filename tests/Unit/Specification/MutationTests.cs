using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>
/// The catalog of planted bugs stays applicable to the current code. <c>./run mutate</c> reports whether they are found.
/// </summary>
public sealed partial class MutationTests
{
    public static TheoryData<string> Ids() => [.. MutationCatalog.All.Select(mutation => mutation.Id)];

    [Theory, MemberData(nameof(Ids))]
    public void Applies_to_the_code_as_it_is(string id)
    {
        var mutation = MutationCatalog.All.Single(m => m.Id == id);
        var source = File.ReadAllText(Path.Combine(Repository.Root, mutation.File));
        mutation.ApplyTo(source).Should().NotBe(source);
    }

    [Fact]
    public void No_two_are_the_same_edit() =>
        MutationCatalog
            .All.GroupBy(m => (m.File, m.Find, m.Replace))
            .Where(same => same.Count() > 1)
            .SelectMany(same => same.Select(m => m.Id))
            .Should()
            .BeEmpty();

    [Fact]
    public void Have_names_of_their_own() =>
        MutationCatalog
            .All.Select(m => m.Id)
            .Should()
            .OnlyHaveUniqueItems()
            .And.OnlyContain(id => KebabCasePattern().IsMatch(id));

    [Fact]
    public void Name_bug_ids_of_the_catalog_of_silent_bugs() =>
        MutationCatalog.All.SelectMany(m => m.BugIds).Should().OnlyContain(id => BugIdPattern().IsMatch(id));

    [Fact]
    public void Say_what_they_are_in_a_sentence() =>
        MutationCatalog.All.Where(m => !m.Description.EndsWith('.')).Select(m => m.Id).Should().BeEmpty();

    [Fact]
    public void Are_a_hundred_at_least() => MutationCatalog.All.Should().HaveCountGreaterThanOrEqualTo(100);

    [Fact]
    public void Open_bug_ids_are_covered_by_nothing() =>
        DetectionMap
            .OpenBugIds.Should()
            .NotIntersectWith(DetectionMap.CoveredBugIds, "a bug that is covered applies to the code");

    [Fact]
    public void The_page_of_detected_bugs_is_current() => File.ReadAllText(Path.Combine(Repository.Root, "docs", "detection.md"))
        .Should().Be(DetectionMap.Markdown(), "docs/detection.md is printed by ./run mutate --map > docs/detection.md");

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)+$")]
    private static partial Regex KebabCasePattern();

    [GeneratedRegex("^BUG-(TOK|DAT|ATT|GQA|NRM|INI|TIE|LOS|SFT|OPT|ACC|NUM|CKP|GEN|LOR|DPO|EVL|PLB|SYN)-[0-9]{2}$")]
    private static partial Regex BugIdPattern();
}
