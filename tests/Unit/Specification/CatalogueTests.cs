using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Spec.Kernel;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Specification;

public sealed partial class CatalogueTests
{
    [Fact]
    public void Holds_the_sixty_requirements_of_the_reference_suite()
    {
        var expected = Enumerable.Range(1, 60).Select(n => $"P{n:D2}");
        RequirementCatalogue
            .All.Select(r => r.Id)
            .Where(id => id.StartsWith('P'))
            .Order(StringComparer.Ordinal)
            .Should()
            .Equal(expected);
    }

    [Fact]
    public void Numbers_every_requirement_once() => RequirementCatalogue.All.Select(r => r.Id).Should().OnlyHaveUniqueItems();

    [Fact]
    public void Has_no_requirement_without_a_case_or_an_impostor() =>
        RequirementCatalogue
            .All.Where(r => r.CaseNames.Count == 0 || r.ImpostorNames.Count == 0)
            .Select(r => r.Id)
            .Should()
            .BeEmpty();

    [Fact]
    public void Has_no_two_cases_of_a_requirement_alike() =>
        RequirementCatalogue
            .All.Where(r => r.CaseNames.Distinct().Count() < r.CaseNames.Count)
            .Select(r => r.Id)
            .Should()
            .BeEmpty();

    [Fact]
    public void States_every_requirement_in_a_sentence_with_a_source() =>
        RequirementCatalogue
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
