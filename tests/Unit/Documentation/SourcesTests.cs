using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation;

namespace TurkishLlm.Tests.Unit.Documentation;

/// <summary>Every source that code cites has an entry in docs/sources.</summary>
public sealed partial class SourcesTests
{
    private static readonly string Catalog = ReadPage("silent-bugs.md");

    private static readonly string Report = ReadPage("report.md");

    /// <summary>Ids as the catalog has them, without the prefix.</summary>
    private static readonly string[] CatalogIds = [.. CatalogRowPattern().Matches(Catalog).Select(row => row.Groups["id"].Value)];

    [Fact]
    public void Every_silent_bug_that_a_requirement_or_a_mutant_cites_is_in_the_catalog() =>
        DetectionMap.CoveredBugIds.Concat(DetectionMap.OpenBugIds).Select(RemovePrefix).Distinct()
            .Should().HaveCountGreaterThan(150).And.BeSubsetOf(CatalogIds);

    [Fact]
    public void Every_id_with_the_prefix_of_a_bug_is_in_the_catalog() =>
        ReadSources("src", "spec", "tools", "docs")
            .SelectMany(file => BugIdPattern().Matches(file.Text).Select(id => (file.Path, Id: id.Groups["id"].Value)))
            .Where(cited => !CatalogIds.Contains(cited.Id)).Should().BeEmpty();

    [Fact]
    public void The_catalog_has_every_id_once() => CatalogIds.Should().OnlyHaveUniqueItems();

    [Theory]
    [InlineData("reference report", "Section")]
    [InlineData("report on fine-tuning", "Fine-tuning report, section")]
    public void Every_section_that_code_cites_is_on_the_page(string report, string heading)
    {
        var sections = Regex.Matches(Report, $"^#+ {heading} (?<number>[0-9.]*[0-9])", RegexOptions.Multiline)
            .Select(match => match.Groups["number"].Value).ToArray();
        var files = ReadSources("src", "spec", "configs");
        files.SelectMany(file => FindSections(Flatten(file.Text), report)).Distinct()
            .Should().HaveCountGreaterThan(5).And.BeSubsetOf(sections);
    }

    [Fact]
    public void Every_test_that_code_cites_is_in_the_table_of_section_11()
    {
        var tests = TestRowPattern().Matches(Report)
            .Select(row => (From: Parse(row.Groups["from"]), To: Parse(row.Groups["to"])))
            .SelectMany(range => Enumerable.Range(range.From, range.To - range.From + 1)).ToArray();
        tests.Should().Equal(Enumerable.Range(1, 60));
        RequirementCatalog.All.SelectMany(requirement => TestPattern().Matches(requirement.Source))
            .Select(match => Parse(match.Groups["test"])).Should().HaveCountGreaterThan(30).And.BeSubsetOf(tests);
    }

    private static int Parse(Group digits) => int.Parse(digits.Value, CultureInfo.InvariantCulture);

    private static string RemovePrefix(string id) => id.StartsWith("BUG-", StringComparison.Ordinal) ? id[4..] : id;

    private static string ReadPage(string name) => File.ReadAllText(Path.Combine(Repository.Root, "docs", "sources", name));

    private static IEnumerable<(string Path, string Text)> ReadSources(params string[] folders) =>
        folders.Select(folder => Path.Combine(Repository.Root, folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".yaml" or ".md").Select(file => (file, File.ReadAllText(file)));

    // A citation may go over the end of a comment line.
    private static string Flatten(string text) => LineBreakPattern().Replace(text, " ");

    // "section 7", "sections 7 and 13", "section 10 and section 13", "sections 2 to 7".
    private static IEnumerable<string> FindSections(string text, string report) =>
        Regex.Matches(text, $"(?i){report},? sections? (?<numbers>[0-9.]*[0-9](,? (and|to) (section )?[0-9.]*[0-9])*)")
            .SelectMany(match => NumberPattern().Matches(match.Groups["numbers"].Value).Select(number => number.Value));

    [GeneratedRegex(@"^\| BUG-(?<id>[A-Z]{3}-[0-9]{2})\b", RegexOptions.Multiline)]
    private static partial Regex CatalogRowPattern();

    [GeneratedRegex(@"\bBUG-(?<id>[A-Z]{3}-[0-9]{2})\b")]
    private static partial Regex BugIdPattern();

    [GeneratedRegex(@"^\| (?<from>[0-9]+)–(?<to>[0-9]+) \|", RegexOptions.Multiline)]
    private static partial Regex TestRowPattern();

    [GeneratedRegex(@"section 11, test (?<test>[0-9]+)")]
    private static partial Regex TestPattern();

    [GeneratedRegex(@"\s*\n\s*(///|//|#)?\s*")]
    private static partial Regex LineBreakPattern();

    [GeneratedRegex(@"[0-9]+(\.[0-9]+)?")]
    private static partial Regex NumberPattern();
}
