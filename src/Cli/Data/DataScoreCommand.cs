using System.CommandLine;
using System.Text.Json;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Files;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Objectives.FineTuning;

namespace TurkishLlm.Cli.Data;

/// <summary><c>turkishllm data score MODEL FILE…</c>: the loss of a model on each row.</summary>
internal static class DataScoreCommand
{
    public static Command Create(Display display)
    {
        var model = new Argument<string>("model") { Description = ModelPath.ArgumentDescription };
        var files = new Argument<string[]>("files")
        {
            Description = "Files of conversations, in any supported format.", Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output", "-o")
        {
            Description = "JSON Lines file to write, for sft.curriculum of a plan. Continues if interrupted.", Required = true,
        };
        var length = new Option<int?>("--sequence-length")
        {
            Description = "Maximum length of a row, in tokens (default: the model's maximum).",
        };
        var system = new Option<string>("--system")
        {
            Description = "System prompt of conversations without one (default: that of the model).",
        };
        var marks = ChatTemplateOption.Create("Marks around messages (default: those of the model, else turkishllm).");
        var supervise = new Option<string>("--supervise")
        {
            Description = "Answers to score: all, those after the last question (completion), or the last one.",
            DefaultValueFactory = _ => "all",
        };
        supervise.AcceptOnlyFromAmong("all", "completion", "last");
        var excess = new Option<string>("--excess-length")
        {
            Description = "Rows that are too long: drop gives them no loss, truncate cuts them.",
            DefaultValueFactory = _ => "drop",
        };
        excess.AcceptOnlyFromAmong("drop", "truncate");
        var input = new Option<bool>("--input-is-context")
        {
            Description = "Read the input field of Alpaca rows as retrieved context.",
        };
        var invalid = new Option<bool>("--skip-invalid") { Description = "Skip and count invalid rows instead of stopping." };
        var device = DeviceOption.Create();
        var checkpoint = new CheckpointOption(offersAverage: true);
        var command = new Command(
            "score", "Compute the loss of a model on each row, for a curriculum and to find rows that are too easy or wrong.")
        {
            model, files, output, length, system, marks, supervise, excess, input, invalid, device,
        };
        checkpoint.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            using var opened = checkpoint.Open(
                parsed, parsed.GetRequiredValue(model), DeviceOption.Resolve(parsed.GetRequiredValue(device)));
            var maximum = opened.Model.Config.MaxSeqLen;
            if (parsed.GetValue(length) is { } tokens && (tokens < 2 || tokens > maximum))
                throw new InvalidDataException(
                    $"--sequence-length is {tokens}; it must be 2 … {Format.Count(maximum)}, the maximum of the model.");
            var sources = parsed.GetRequiredValue(files)
                .Select(file => new SftSource(file, file, InputIsContext: parsed.GetValue(input)));
            var options = new SftOptions([.. sources], parsed.GetValue(length) ?? maximum)
            {
                Supervision = Enum.Parse<Supervision>(parsed.GetRequiredValue(supervise), ignoreCase: true),
                ExcessLength = Enum.Parse<ExcessLengthStrategy>(parsed.GetRequiredValue(excess), ignoreCase: true),
                SkipInvalid = parsed.GetValue(invalid),
            };
            Run(
                display, opened, options, CreateTemplate(opened, parsed.GetValue(system), ChatTemplateOption.Find(parsed, marks)),
                parsed.GetRequiredValue(output), cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    private static ChatTemplate CreateTemplate(TrainedModel model, string? system, ChatFormat? format)
    {
        var own = model.HasChatTemplate ? model.LoadChatTemplate() : null;
        return new(model.Tokenizer, system ?? own?.System, format ?? own?.Format);
    }

    private static void Run(
        Display display, TrainedModel model, SftOptions options, ChatTemplate template, string output,
        CancellationToken cancellationToken)
    {
        var invalid = 0;
        ConversationRow[] rows =
        [
            .. options.Sources.SelectMany(source => ConversationReader.Read(
                source.Path, source.InputIsContext, options.SkipInvalid ? _ => invalid++ : null)),
        ];
        var identity = JsonSerializer.Serialize(new
        {
            Files = ModelIdentity.Compute(model.Folder, options.Sources.Select(source => source.Path)),
            options.SequenceLength, options.Supervision, options.ExcessLength, options.SkipInvalid, template.System,
            ChatTemplate = template.Format.Name,
            InputIsContext = options.Sources[0].InputIsContext,
        });
        using var lines = ResumableLines.Open(output, identity);
        if (lines.IsDiscarded)
            display.WriteLine($"{output}.resume was of another model, other files or options, and was discarded.");
        else if (lines.Lines.Count > 0)
            display.WriteLine($"Resuming after {Format.Count(lines.Lines.Count, "row")} of {Format.Count(rows.Length)}.");
        display.RunWithProgress("Rows", progress =>
        {
            foreach (var row in rows.Skip(lines.Lines.Count))
            {
                cancellationToken.ThrowIfCancellationRequested();
                lines.Append(RowScorer.Score(model.Model, template, model.Tokenizer, row, options).ToJson());
                progress((double)lines.Lines.Count / rows.Length, Format.Count(lines.Lines.Count, "row"));
            }
            return true;
        });
        lines.Complete();
        WriteSummary(display, RowScore.ReadAll(output), invalid, output);
    }

    private static void WriteSummary(Display display, IReadOnlyList<RowScore> scores, int invalid, string output)
    {
        var ranked = scores.Where(score => score.Loss is not null).OrderBy(score => score.Loss).ToArray();
        if (invalid > 0) display.WriteLine($"{Format.Count(invalid, "invalid row")} skipped.");
        display.WriteLine(
            $"{Format.Count(ranked.Length, "row")} scored, {Format.Count(scores.Count - ranked.Length)} without a loss "
                + $"(nothing to learn, or too long) → {Format.RelativePaths(output)}");
        if (ranked.Length == 0) return;
        double[] quantiles = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];
        display.WriteTable(["quantile", "loss", "row"], quantiles.Select(quantile =>
        {
            var score = ranked[(int)(quantile * (ranked.Length - 1))];
            var loss = Format.Invariant($"{score.Loss:F4}");
            return (IReadOnlyList<string>)[Format.Invariant($"{quantile:0.##}"), loss, Format.RelativePaths(score.Location)];
        }));
    }
}
