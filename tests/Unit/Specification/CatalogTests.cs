using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Specification;

public sealed partial class CatalogTests
{
    [Fact]
    public void Holds_the_sixty_requirements_of_the_reference_suite()
    {
        var expected = Enumerable.Range(1, 60).Select(n => $"P{n:D2}");
        RequirementCatalog
            .All.Select(r => r.Id)
            .Where(id => id.StartsWith('P'))
            .Order(StringComparer.Ordinal)
            .Should()
            .Equal(expected);
    }

    [Fact]
    public void Numbers_every_requirement_once() => RequirementCatalog.All.Select(r => r.Id).Should().OnlyHaveUniqueItems();

    [Fact]
    public void Has_no_requirement_without_a_case_or_an_impostor() =>
        RequirementCatalog
            .All.Where(r => (r.CaseNames.Count == 0 && !r.HasPlanCases) || r.ImpostorNames.Count == 0)
            .Select(r => r.Id)
            .Should()
            .BeEmpty();

    [Fact]
    public void Names_cases_the_same_under_every_culture()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NegativeSign) = (",", "−");
        var names = ReadNames(CultureInfo.InvariantCulture);
        ReadNames(culture).Should().Equal(names);
        names.Should().Contain(name => name.Contains("0.003"), "otherwise no name has a number that a culture changes");

        static string[] ReadNames(CultureInfo culture)
        {
            string[] names = [];
            var thread = new Thread(() => names = [.. RequirementCatalog.All.SelectMany(r => r.CaseNames)])
            {
                CurrentCulture = culture,
            };
            thread.Start();
            thread.Join();
            return names;
        }
    }

    [Fact]
    public void Has_no_two_cases_of_a_requirement_alike() =>
        RequirementCatalog
            .All.Where(r => r.CaseNames.Distinct().Count() < r.CaseNames.Count)
            .Select(r => r.Id)
            .Should()
            .BeEmpty();

    [Fact]
    public void States_every_requirement_in_a_sentence_with_a_source() =>
        RequirementCatalog
            .All.Where(r => !r.Statement.EndsWith('.') || r.Source.Length < 5)
            .Select(r => r.Id)
            .Should()
            .BeEmpty();

    [Fact]
    public void The_printed_specification_is_current()
    {
        var file = Path.Combine(Repository.Root, "docs", "SPEC.md");
        File.ReadAllText(file)
            .Should()
            .Be(SpecDocument.Markdown(), "docs/SPEC.md is printed by ./run cli spec list --markdown > docs/SPEC.md");
    }

    [Fact]
    public void Names_types_without_aliases() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "spec"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file =>
                AliasPattern().Matches(File.ReadAllText(file)).Select(alias => $"{Path.GetFileName(file)}: {alias.Value}"))
            .Should().BeEmpty("a delegate or a record is declared once, where a signature deserves a name");

    [GeneratedRegex("^using [A-Za-z]+ *=", RegexOptions.Multiline)]
    private static partial Regex AliasPattern();
}
