using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>Damaged plans: each is read or refused in a sentence with the name of the file.</summary>
/// <remarks>The environment variable TURKISHLLM_FUZZ_COUNT sets the number of inputs.</remarks>
public sealed class PlanFuzzTests
{
    private const string Name = "fuzzed.yaml";

    private static readonly string[] Parts =
    [
        "\t", ":", ": ", "'", "- ", "#", "&a ", "*a", "!!int ", "---\n", "...\n", "? ", "| ", "> ", "%YAML 1.1\n", "<<: ", "@",
        "<<<<<<< HEAD\n", "=", "ğüşıöçİ", "0x1F", "NaN", "true", "~", "    ", "\n", "\u0085", "\u2028", "😀",
    ];

    [Fact]
    public void A_damaged_plan_is_read_or_refused_by_name()
    {
        var plans = Directory.EnumerateFiles(Path.Combine(Repository.Root, "configs"), "*.yaml")
            .Order(StringComparer.Ordinal)
            .ToLookup(file => Path.GetFileName(file).StartsWith("corpus", StringComparison.Ordinal), File.ReadAllBytes);
        var (training, corpus) = (
            new InputMutator([.. plans[false]], seed: 7001, Parts), new InputMutator([.. plans[true]], seed: 7002, Parts));
        var count = int.Parse(
            Environment.GetEnvironmentVariable("TURKISHLLM_FUZZ_COUNT") ?? "1500", CultureInfo.InvariantCulture);
        var (read, refused, notYaml) = (0, 0, 0);
        for (var i = 0; i < count; i++)
        {
            var isCorpusPlan = i % 7 == 0;
            var input = (isCorpusPlan ? corpus : training).Next();
            var started = Stopwatch.GetTimestamp();
            var message = TryRead(input, isCorpusPlan);
            Stopwatch.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(10), $"input {i} must not hang");
            if (message is null)
            {
                read++;
                continue;
            }
            refused++;
            if (message.Contains("not YAML", StringComparison.Ordinal)) notYaml++;
            message.Should().Contain(Name, $"input {i}").And.NotContain("   at TurkishLlm.", $"input {i}")
                .And.NotContain("Exception", $"input {i}").And.NotContain("While parsing", $"input {i}")
                .And.NotContain("While scanning", $"input {i}");
        }
        // Neither would be fuzzing: inputs that are all read, or all refused.
        read.Should().BeGreaterThan(count / 100);
        refused.Should().BeGreaterThan(count / 5);
        notYaml.Should().BeGreaterThan(count / 20);
    }

    private static string? TryRead(byte[] input, bool isCorpusPlan)
    {
        try
        {
            var yaml = TextFile.Decode(input, Name);
            if (isCorpusPlan) CorpusPlan.Parse(yaml, Name, []);
            else TrainingPlan.Parse(yaml, Name, []);
            return null;
        }
        catch (Exception error) when (error is ConfigurationException or InvalidDataException)
        {
            return error.Message;
        }
    }
}
