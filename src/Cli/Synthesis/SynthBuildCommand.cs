using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.RowChecks;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Cli.Synthesis;

/// <summary><c>turkishllm synth build</c></summary>
internal static class SynthBuildCommand
{
    public static Command Create(Display display)
    {
        var work = SynthCommand.CreateFolderArgument();
        var standard = new SftBuildOptions();
        var model = SynthCommand.CreateModelOption();
        var validation = DecimalOption.Create(
            "--validation-share", "Share of documents held out for validation, 0 … 1.", standard.ValidationShare);
        var refusals = DecimalOption.Create(
            "--refusal-share",
            "Share of rows with a context that lacks the answer and an answer that says so, 0 … 0.5.", standard.RefusalShare);
        var context = new Option<int>("--context-tokens")
        {
            Description = "Maximum length of a context, in tokens.", DefaultValueFactory = _ => standard.ContextTokens,
        };
        var command = new Command("build", "Verify all pairs and write the accepted ones as fine-tuning rows.")
        {
            work, model, validation, refusals, context,
        };
        command.SetAction(parsed => Run(display, new(parsed.GetRequiredValue(work)), parsed.GetValue(model), new()
        {
            ValidationShare = parsed.GetValue(validation),
            RefusalShare = parsed.GetValue(refusals),
            ContextTokens = parsed.GetValue(context),
        }));
        return command;
    }

    public static void Run(Display display, SynthesisFolder work, string? model, SftBuildOptions options)
    {
        if (options.ValidationShare is < 0 or >= 1)
            throw new InvalidDataException(
                Format.Invariant(
                    $"--validation-share is {options.ValidationShare}; it must be 0 or more and less than 1, such as 0.1."));
        if (options.RefusalShare is < 0 or > 0.5)
            throw new InvalidDataException(
                Format.Invariant($"--refusal-share is {options.RefusalShare}; it must be 0 … 0.5, such as 0.1."));
        if (options.ContextTokens < 1)
            throw new InvalidDataException(
                Format.Invariant($"--context-tokens is {options.ContextTokens}; it must be at least 1, such as 1500."));
        var (chunks, blueprint) = work.Open();
        var journal = JournalState.Read(work.Journal);
        if (journal.Replies.Count == 0)
            throw new InvalidDataException($"{work.Journal} has no replies. Get some with: turkishllm synth generate");
        if (model is not null && journal.Replies.All(reply => reply.Model != model))
            throw new InvalidDataException(
                $"{work.Journal} has no replies from {model}, only from "
                    + string.Join(", ", journal.Replies.Select(reply => reply.Model).Distinct().Order(StringComparer.Ordinal))
                    + "."
            );

        var review = Review.Create(blueprint, chunks, journal, model);
        var rows = new SftBuilder(chunks, blueprint.Groups, options).Build(review.Accepted);
        var manifest = SftFolder.Write(work.Rows, rows, review, options);

        display.WriteLine(
            $"{Format.Count(review.Accepted.Count + review.Rejected.Count, "pair")}: "
                + $"{Format.Count(review.Accepted.Count)} accepted, {Format.Count(review.Rejected.Count)} rejected");
        foreach (var (reason, count) in manifest.Rejected.OrderByDescending(reason => reason.Value))
            display.WriteLine($"  rejected {Format.Count(count)}: {reason.Replace('_', ' ')}");
        foreach (var (reason, count) in manifest.Excluded) display.WriteLine($"  not in v2 {Format.Count(count)}: {reason}");
        if (review.Unanswered.Count > 0)
            display.WriteLine(
                $"{Format.Count(review.Unanswered.Count, "group")} without a reply; continue with: {display.Program} "
                    + $"synth generate {Format.ShellQuote(work.Location)}");
        display.WriteTable(
            ["file", "rows", "sha256"],
            manifest.Files.Select(file => (IReadOnlyList<string>)[file.Name, Format.Count(file.Rows), file.Sha256[..12]]));
        display.WriteLine($"{Format.Count(rows.Refusals)} of the v2 rows are refusals → {Format.RelativePaths(work.Rows)}");
        foreach (var file in manifest.Files.Where(file => file.Rows > 0 && file.Name.Contains("train", StringComparison.Ordinal)))
            foreach (var warning in RowCheck.Run(new([Path.Combine(work.Rows, file.Name)])).Warnings)
                display.WriteWarning($"Warning: {file.Name}: {warning}");
    }
}
