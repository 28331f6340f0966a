using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Training;

/// <summary>
/// Only one class that may run beside others uses the random generator of the process: two would draw each other's numbers.
/// </summary>
public sealed partial class NonParallelTests
{
    [Fact]
    public void Only_the_tests_of_all_requirements_use_the_random_generator_beside_other_tests() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "Unit"), "*.cs", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetFileName(file), Text: File.ReadAllText(file)))
            .Where(file => TestPattern().IsMatch(file.Text) && GeneratorPattern().IsMatch(file.Text))
            .Where(file => !file.Text.Contains("[Collection(nameof(NonParallel))]", StringComparison.Ordinal))
            .Select(file => file.Name)
            .Should().Equal("RequirementTests.cs");

    [GeneratedRegex(@"\[(Fact|Theory)")]
    private static partial Regex TestPattern();

    // What seeds it, trains, judges a requirement, or drops activations.
    [GeneratedRegex(
        @"\b(manual_seed|SeedGenerators|TrainingRun\.|Gate\.(Clear|Judge))|\bnew TrainingRun\b|\bTrainer\.(Create|Resume)\b"
            + @"|\.Judge(Impostor)?\(|training: true")]
    private static partial Regex GeneratorPattern();
}
