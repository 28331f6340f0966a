using System.CommandLine;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Synthesis;

/// <summary><c>turkishllm synth chunk | group | generate | build | report | demo</c></summary>
internal static class SynthCommand
{
    public static Command Create(Display display) => new("synth", "Turns documentation into question and answer pairs for fine-tuning, through a language model.")
    {
        SynthChunkCommand.Create(display), SynthGroupCommand.Create(display), SynthGenerateCommand.Create(display), SynthBuildCommand.Create(display),
        SynthReportCommand.Create(display), SynthDemoCommand.Create(display),
    };

    /// <summary>The argument of every verb after the first.</summary>
    public static Argument<string> CreateFolderArgument() => new("work") { Description = "Folder of the work: chunks, groups, replies, rows." };
}
