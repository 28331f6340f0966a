using System.CommandLine;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Synthesis;

/// <summary><c>turkishllm synth chunk | group | generate | build | report | probe | demo</c></summary>
internal static class SynthCommand
{
    public static Command Create(Display display) =>
        new("synth", "Synthesize question-answer pairs for fine-tuning from documentation, with a language model.")
    {
        SynthChunkCommand.Create(display),
        SynthGroupCommand.Create(display), SynthGenerateCommand.Create(display), SynthBuildCommand.Create(display),
        SynthReportCommand.Create(display), SynthProbeCommand.Create(display), SynthDemoCommand.Create(display),
    };

    /// <summary>Creates the argument of every command after <c>synth chunk</c>.</summary>
    public static Argument<string> CreateFolderArgument() => new("folder")
    {
        Description = "Synthesis folder with chunks, groups, replies and rows; created by synth chunk.",
    };

    /// <summary>Creates the option that selects the replies of one model.</summary>
    public static Option<string> CreateModelOption() => new("--model")
    {
        Description = "Use replies from this model only (default: the latest reply per group).",
    };
}
