using System.CommandLine;
using System.Diagnostics;
using TurkishLlm.Synthesis;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm synth demo</c>: from pages to rows, with recorded replies in place of a service.</summary>
internal static class SynthDemoCommand
{
    private static string Beside(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "fixtures", .. parts]);

    public static Command Create(Display display)
    {
        var run = new Option<string>("--run") { Description = "Folder for everything; without it, runs/synth-demo." };
        var command = new Command("demo", "All verbs on the documentation of a made-up factory that comes with the program, with recorded replies: from HTML to rows for fine-tuning. Example: turkishllm synth demo") { run };
        command.SetAction((parsed, cancel) => RunAsync(display, new(Path.GetFullPath(parsed.GetValue(run) ?? Path.Combine("runs", "synth-demo"))), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Display display, SynthesisFolder work, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        display.Heading("Chunks");
        SynthChunkCommand.Run(display, Beside("erp"), work, SynthChunkCommand.DefaultTokenizer, Chunker.DefaultMaxTokens);
        display.Heading("Groups");
        SynthGroupCommand.Run(display, work, rules: null, language: "all", GroupingRules.DefaultMaxTokens);
        display.Heading("Replies");
        var code = await Generation.RunAsync(display, Settings(work, "recorded-terse", Beside("synthesis", "pilot.jsonl")) with { Pilot = 10 }, cancel);
        if (code == (int)ExitCode.Done) code = await Generation.RunAsync(display, Settings(work, "recorded", SynthGenerateCommand.RecordedReplies), cancel);
        if (code != (int)ExitCode.Done) return code;
        display.Heading("Rows");
        SynthBuildCommand.Run(display, work, "recorded", new());
        display.Heading("Report");
        SynthReportCommand.Run(display, work, "recorded");
        display.Line();
        display.Good($"Done in {Show.Time(Stopwatch.GetElapsedTime(started).TotalSeconds)}. With a model of your own: {display.Program} synth generate {Show.Word(work.Location)} --provider anthropic --model claude-sonnet-4-6 --dry-run");
        return (int)ExitCode.Done;
    }

    private static GenerationSettings Settings(SynthesisFolder work, string model, string replies) => new()
    {
        Work = work, Provider = "replay", Model = model, Replies = replies, Prompt = Prompt.Load("v2"), Options = new(ModelPrice.Free),
    };
}
