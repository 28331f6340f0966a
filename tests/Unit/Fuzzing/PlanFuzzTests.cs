using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Plans.Chains;
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
            .ToLookup(
                file => Path.GetFileName(file).Split('-')[0] is ("corpus" or "chain") and var kind ? kind : "",
                File.ReadAllBytes);
        var (training, corpus, chain) = (
            new InputMutator([.. plans[""]], seed: 7001, Parts), new InputMutator([.. plans["corpus"]], seed: 7002, Parts),
            new InputMutator([.. plans["chain"]], seed: 7003, Parts));
        var count = int.Parse(
            Environment.GetEnvironmentVariable("TURKISHLLM_FUZZ_COUNT") ?? "1500", CultureInfo.InvariantCulture);
        var (read, refused, notYaml) = (0, 0, 0);
        for (var i = 0; i < count; i++)
        {
            var (mutator, parse) = (i % 7) switch
            {
                0 => (corpus, yaml => _ = CorpusPlan.Parse(yaml, Name, [])),
                1 => (chain, yaml => _ = ChainPlan.Parse(yaml, Name, [])),
                _ => (training, (Action<string>)(yaml => _ = TrainingPlan.Parse(yaml, Name, []))),
            };
            var input = mutator.Next();
            var started = Stopwatch.GetTimestamp();
            var message = TryRead(input, parse);
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

    private static string? TryRead(byte[] input, Action<string> parse)
    {
        try
        {
            parse(TextFile.Decode(input, Name));
            return null;
        }
        catch (Exception error) when (error is ConfigurationException or InvalidDataException)
        {
            return error.Message;
        }
    }
}
