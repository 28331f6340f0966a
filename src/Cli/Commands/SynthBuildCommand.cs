using System.CommandLine;
using TurkishLlm.Synthesis;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm synth build</c></summary>
internal static class SynthBuildCommand
{
    public static Command Create(Display display)
    {
        var work = SynthCommand.Work();
        var standard = new SftOptions();
        var model = new Option<string>("--model") { Description = "Whose replies; without it, the latest to each group." };
        var validation = DecimalOption.Create("--validation-share", "Share of documents kept for validation.", standard.ValidationShare);
        var refusals = DecimalOption.Create("--refusal-share", "Share of rows whose context has no answer, and which say so.", standard.RefusalShare);
        var context = new Option<int>("--context-tokens") { Description = "Most tokens of a context.", DefaultValueFactory = _ => standard.ContextTokens };
        var command = new Command("build", "Checks every pair and makes rows for fine-tuning of those that pass. Example: turkishllm synth build synth/erp --refusal-share 0.1") { work, model, validation, refusals, context };
        command.SetAction(parsed => Run(display, new(parsed.GetRequiredValue(work)), parsed.GetValue(model), new()
        {
            ValidationShare = parsed.GetValue(validation), RefusalShare = parsed.GetValue(refusals), ContextTokens = parsed.GetValue(context),
        }));
        return command;
    }

    public static void Run(Display display, SynthesisFolder work, string? model, SftOptions options)
    {
        if (options.ValidationShare is < 0 or >= 1) throw new InvalidDataException(Show.Text($"--validation-share is {options.ValidationShare}; it must be 0 or more and less than 1, such as 0.1."));
        if (options.RefusalShare is < 0 or > 0.5) throw new InvalidDataException(Show.Text($"--refusal-share is {options.RefusalShare}; it must be 0 … 0.5, such as 0.1."));
        if (options.ContextTokens < 1) throw new InvalidDataException(Show.Text($"--context-tokens is {options.ContextTokens}; it must be at least 1, such as 1500."));
        var (chunks, blueprint) = work.Open();
        var journal = JournalState.Read(work.Journal);
        if (journal.Replies.Count == 0) throw new InvalidDataException($"{work.Journal} holds no reply. Get some with: synth generate");
        if (model is not null && journal.Replies.All(reply => reply.Model != model))
            throw new InvalidDataException($"{work.Journal} holds no reply of {model}, only of {string.Join(", ", journal.Replies.Select(reply => reply.Model).Distinct().Order(StringComparer.Ordinal))}.");

        var review = Review.Of(blueprint, chunks, journal, model);
        var rows = new SftBuilder(chunks, blueprint.Groups, options).Build(review.Accepted);
        var manifest = SftFolder.Write(work.Rows, rows, review, options);

        display.Line($"{Show.Count(review.Accepted.Count + review.Rejected.Count, "pair")}: {Show.Count(review.Accepted.Count)} accepted, {Show.Count(review.Rejected.Count)} rejected");
        foreach (var (reason, count) in manifest.Rejected.OrderByDescending(reason => reason.Value)) display.Line($"  rejected {Show.Count(count)}: {reason.Replace('_', ' ')}");
        foreach (var (reason, count) in manifest.LeftOut) display.Line($"  without a row in v2 {Show.Count(count)}: {reason}");
        if (review.Unanswered.Count > 0) display.Line($"{Show.Count(review.Unanswered.Count, "group")} without a reply; go on with: {display.Program} synth generate {Show.Word(work.Location)}");
        display.Table(["file", "rows", "sha256"], manifest.Files.Select(file => (IReadOnlyList<string>)[file.Name, Show.Count(file.Rows), file.Sha256[..12]]));
        display.Line($"{Show.Count(rows.Refusals)} of the v2 rows are refusals → {Show.RelativePaths(work.Rows)}");
    }
}
