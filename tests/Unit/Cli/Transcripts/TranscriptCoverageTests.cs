using System.CommandLine;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>Every command has a transcript, or a reason why it has none.</summary>
public sealed class TranscriptCoverageTests
{
    private static readonly Dictionary<string, string> Exempt = new(StringComparer.Ordinal)
    {
        ["version"] = "it prints the machine and the build; HelpTests checks its names",
    };

    [Fact]
    public void Every_command_has_a_transcript()
    {
        var folder = Path.Combine(Repository.Root, "tests", "Unit", "Cli", "Transcripts");
        var lines = Directory.EnumerateFiles(folder, "*.verified.txt").SelectMany(File.ReadLines)
            .Where(line => line.StartsWith("$ turkishllm ", StringComparison.Ordinal)).ToArray();
        Commands("", CommandLine.Create(new Display(TextWriter.Null, "turkishllm")))
            .Where(command => !lines.Any(line => $"{line} ".StartsWith($"$ turkishllm{command} ", StringComparison.Ordinal)))
            .Select(command => command.TrimStart())
            .Should().BeEquivalentTo(Exempt.Keys);
    }

    private static IEnumerable<string> Commands(string path, Command command) => command.Subcommands.Count == 0
        ? [path]
        : command.Subcommands.SelectMany(subcommand => Commands($"{path} {subcommand.Name}", subcommand));
}
