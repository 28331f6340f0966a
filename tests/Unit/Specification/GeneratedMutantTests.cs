using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tools.Mutation.Generated;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>The draw of <c>./run mutate --random</c>, and the lists of mutants that it reads.</summary>
public sealed class GeneratedMutantTests
{
    private static readonly GeneratedMutant[] Mutants =
        [.. MutantGenerator.Mutate(SourceProject.Load("src/Evaluation")).Take(200)];

    [Fact]
    public void A_draw_is_the_same_every_time() =>
        MutantDraw.Order(Mutants.Reverse(), 7).Should().Equal(MutantDraw.Order(Mutants, 7));

    [Fact]
    public void Seeds_draw_differently() =>
        MutantDraw.Order(Mutants, 8).Take(20).Should().NotEqual(MutantDraw.Order(Mutants, 7).Take(20));

    [Fact]
    public void A_draw_has_every_mutant_once() =>
        MutantDraw.Order(Mutants.Concat(Mutants), 7).Should().BeEquivalentTo(Mutants);

    // A draw that changed silently could not be compared with an earlier one.
    [Fact]
    public void The_order_is_that_of_the_hash_of_seed_and_key() =>
        MutantDraw.Order(Mutants, 7)
            .Select(mutant => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"7\n{mutant.Key}"))))
            .Should().BeInAscendingOrder(StringComparer.Ordinal);

    /// <summary>1000 seeds draw one of four: each is drawn about 250 times; 5 deviations of 13.7 are allowed.</summary>
    [Fact]
    public void Every_mutant_is_equally_likely() =>
        Enumerable.Range(0, 1000).CountBy(seed => MutantDraw.Order(Mutants[..4], seed).First().Key)
            .Select(count => count.Value).Should().HaveCount(4).And.OnlyContain(count => count > 181 && count < 319);

    [Fact]
    public void Every_project_gets_its_share_and_at_least_three() =>
        MutantDraw.SharesOf(
            new Dictionary<string, int> { ["large"] = 900, ["small"] = 98, ["tiny"] = 2 }, 100, [])
            .Should().Equal(new Dictionary<string, int> { ["large"] = 90, ["small"] = 10, ["tiny"] = 2 });

    [Fact]
    public void Named_projects_get_the_whole_number_each()
    {
        var sizes = new Dictionary<string, int> { ["large"] = 900, ["small"] = 98, ["tiny"] = 2 };
        MutantDraw.SharesOf(sizes, 100, ["tiny", "large"])
            .Should().Equal(new Dictionary<string, int> { ["tiny"] = 2, ["large"] = 100 });
    }

    [Fact]
    public void Every_project_has_requirements_and_tests()
    {
        TestArea.Projects.Should().BeEquivalentTo(SourceProject.Names);
        TestArea.CatalogAreas.Should().BeEquivalentTo(RequirementCatalog.Areas.Select(area => area.Area));
    }

    [Fact]
    public void Every_operator_makes_mutants_of_the_sources() =>
        Mutants.Select(mutant => mutant.Operator).Distinct().Should().HaveCountGreaterThan(10);

    [Fact]
    public void Listed_equivalents_are_places_of_the_code_and_give_a_reason()
    {
        var entries = EquivalentMutants.Read();
        entries.Select(entry => entry.Key).Should().OnlyHaveUniqueItems();
        entries.Where(entry => string.IsNullOrWhiteSpace(entry.Reason)).Should().BeEmpty();
        var files = entries.Select(entry => entry.File).ToHashSet(StringComparer.Ordinal);
        var keys = files
            .Select(file => string.Join('/', file.Split('/').Take(2)))
            .Distinct()
            .Select(SourceProject.Load)
            .SelectMany(project => project.Trees
                .Where(tree => files.Contains(tree.FilePath))
                .SelectMany(tree => MutantGenerator.Mutate(tree, project.Compilation.GetSemanticModel(tree))))
            .Select(mutant => (mutant.Key, mutant.File))
            .ToHashSet();
        entries.Where(entry => !keys.Contains((entry.Key, entry.File)))
            .Should().BeEmpty("the code of these entries has changed: argue them again, or remove them");
    }
}
