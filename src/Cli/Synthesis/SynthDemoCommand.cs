using System.CommandLine;
using System.Diagnostics;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Cli.Synthesis;

/// <summary>
/// <c>turkishllm synth demo</c>: from pages to fine-tuning rows, with replies that a program of this project wrote.
/// </summary>
internal static class SynthDemoCommand
{
    /// <summary>The bundled documentation.</summary>
    public static string Documentation => GetBundledPath("erp");

    private static string GetBundledPath(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "fixtures", .. parts]);

    public static Command Create(Display display)
    {
        var run = new Option<string>("--run") { Description = "Output folder (default: runs/synth-demo)." };
        var command = new Command(
            "demo", "Run all synthesis steps on the bundled documentation of a fictional factory, with bundled replies. "
                + "Sends nothing.")
        {
            run,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    display, new(Path.GetFullPath(parsed.GetValue(run) ?? Path.Combine("runs", "synth-demo"))),
                    cancellationToken));
        return command;
    }

    /// <summary>Creates fine-tuning rows from the bundled documentation.</summary>
    /// <param name="display">Receives the output.</param>
    /// <param name="work">The synthesis folder.</param>
    /// <param name="tokenizer">Tokenizer folder of the model.</param>
    /// <param name="options">Number and length of the passages of a row.</param>
    /// <param name="cancellationToken">Cancels the generation.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> MakeRowsAsync(
        Display display, SynthesisFolder work, string tokenizer, SftBuildOptions options, CancellationToken cancellationToken)
    {
        Group(display, work);
        display.WriteHeading("Replies");
        var code = await GenerationRunner.RunAsync(display, CreateRecordedSettings(work), cancellationToken);
        if (code == (int)ExitCode.Success) Build(display, work, tokenizer, options);
        return code;
    }

    private static async Task<int> RunAsync(Display display, SynthesisFolder work, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        Group(display, work);
        display.WriteHeading("Replies");
        var code = await GenerationRunner.RunAsync(
            display, CreateSettings(work, "recorded-terse", GetBundledPath("synthesis", "pilot.jsonl")) with
            {
                PilotGroupCount = 10,
            },
            cancellationToken);
        if (code == (int)ExitCode.Success)
            code = await GenerationRunner.RunAsync(display, CreateRecordedSettings(work), cancellationToken);
        if (code != (int)ExitCode.Success) return code;
        Build(display, work, tokenizer: null, new());
        display.WriteHeading("Report");
        SynthReportCommand.Run(display, work, "recorded");
        display.WriteLine();
        display.WriteSuccess(
            $"Done in {Format.Duration(Stopwatch.GetElapsedTime(started).TotalSeconds)}. To use your own model: "
                + $"{display.Program} synth generate {Format.ShellQuote(work.Location)} --provider anthropic --model "
                + "claude-sonnet-4-6 --dry-run");
        return (int)ExitCode.Success;
    }

    private static void Group(Display display, SynthesisFolder work)
    {
        display.WriteHeading("Chunks");
        SynthChunkCommand.Run(display, Documentation, work, SynthChunkCommand.DefaultTokenizer, Chunker.DefaultMaxTokens);
        display.WriteHeading("Groups");
        SynthGroupCommand.Run(display, work, rules: null, language: "all", GroupingRules.DefaultMaxTokens);
    }

    private static void Build(Display display, SynthesisFolder work, string? tokenizer, SftBuildOptions options)
    {
        display.WriteHeading("Rows");
        SynthBuildCommand.Run(display, work, "recorded", documentation: null, tokenizer, options);
    }

    private static GenerationSettings CreateRecordedSettings(SynthesisFolder work) =>
        CreateSettings(work, "recorded", SynthGenerateCommand.RecordedReplies);

    private static GenerationSettings CreateSettings(SynthesisFolder work, string model, string replies) => new()
    {
        Folder = work,
        Provider = "replay",
        Model = model,
        Replies = replies,
        Prompt = Prompt.Load("v2"),
        Options = new(ModelPrice.Free),
    };
}
