using System.CommandLine;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>Every command has a transcript of a run that succeeds, or a reason why it has none.</summary>
public sealed class TranscriptCoverageTests
{
    private static readonly Dictionary<string, string> Exempt = new(StringComparer.Ordinal)
    {
        ["version"] = "it prints the machine and the build; HelpTests checks its names",
        ["demo"] = "it trains for minutes; DemoTests",
        ["launch"] = "it needs several processes; LaunchTests",
        ["serve"] = "it runs until it is stopped; ServeCommandTests",
        ["reward evaluate"] = "its numbers are those of a trained model; RewardCommandTests",
        ["reward score"] = "its numbers are those of a trained model; RewardCommandTests",
        ["runs serve"] = "it runs until it is stopped; RunsServeTests",
    };

    [Fact]
    public void Every_command_has_a_transcript()
    {
        var folder = Path.Combine(Repository.Root, "tests", "Unit", "Cli", "Transcripts");
        var succeeded = Directory.EnumerateFiles(folder, "*.verified.txt").SelectMany(SuccessfulRuns).ToArray();
        Commands("", CommandLine.Create(new Display(TextWriter.Null, "turkishllm")))
            .Where(command => !succeeded.Any(line => $"{line} ".StartsWith($"$ turkishllm{command} ", StringComparison.Ordinal)))
            .Select(command => command.TrimStart())
            .Should().BeEquivalentTo(Exempt.Keys);
    }

    private static IEnumerable<string> SuccessfulRuns(string transcript)
    {
        var command = "";
        foreach (var line in File.ReadLines(transcript))
        {
            if (line.StartsWith("$ turkishllm ", StringComparison.Ordinal)) command = line;
            else if (line == "= Success") yield return command;
        }
    }

    private static IEnumerable<string> Commands(string path, Command command) => command.Subcommands.Count == 0
        ? [path]
        : command.Subcommands.SelectMany(subcommand => Commands($"{path} {subcommand.Name}", subcommand));
}
