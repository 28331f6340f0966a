using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.RowChecks;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Building;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Retrieval;
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
        var docs = new Option<string>("--docs")
        {
            Description = "Documentation that chat searches (default: the one that `synth chunk` split).",
        };
        var tokenizer = new Option<string>("--tokenizer", "-t")
        {
            Description = "Tokenizer folder of the model, which sizes the passages (default: that of `synth chunk`).",
        };
        var length = new Option<int>("--context-length")
        {
            Description = "Length of the model's context, in tokens.", DefaultValueFactory = _ => standard.Budget.ContextLength,
        };
        var passages = new Option<int>("--passages")
        {
            Description = "Maximum number of passages per question, as in `chat --passages`.",
            DefaultValueFactory = _ => standard.Budget.Passages,
        };
        var answer = new Option<int>("--max-tokens")
        {
            Description = "Maximum length of an answer in tokens, as in `chat --max-tokens`.",
            DefaultValueFactory = _ => standard.Budget.AnswerTokens,
        };
        var citations = new Option<bool>("--citations")
        {
            Description = "End answers with the numbers of the passages that support them, such as [2].",
            DefaultValueFactory = _ => standard.Citations,
        };
        var command = new Command("build", "Verify all pairs and write the accepted ones as fine-tuning rows.")
        {
            work, model, docs, tokenizer, length, passages, answer, citations, validation, refusals,
        };
        command.SetAction(parsed => Run(
            display, new(parsed.GetRequiredValue(work)), parsed.GetValue(model), parsed.GetValue(docs),
            parsed.GetValue(tokenizer), new()
            {
                ValidationShare = parsed.GetValue(validation),
                RefusalShare = parsed.GetValue(refusals),
                Budget = new(parsed.GetValue(length), parsed.GetValue(passages), parsed.GetValue(answer)),
                Citations = parsed.GetValue(citations),
            }));
        return command;
    }

    /// <summary>Builds the rows.</summary>
    /// <param name="display">Receives the counts.</param>
    /// <param name="work">The synthesis folder.</param>
    /// <param name="model">Model of the replies; null for the latest reply per group.</param>
    /// <param name="documentation">Documentation that chat searches; null for the one that was split into chunks.</param>
    /// <param name="tokenizer">Tokenizer folder of the model; null for the one that counted the chunks.</param>
    /// <param name="options">Splits, refusals and passages.</param>
    public static void Run(
        Display display, SynthesisFolder work, string? model, string? documentation, string? tokenizer, SftBuildOptions options)
    {
        if (options.ValidationShare is < 0 or >= 1)
            throw new InvalidDataException(
                Format.Invariant(
                    $"--validation-share is {options.ValidationShare}; it must be 0 or more and less than 1, such as 0.1."));
        if (options.RefusalShare is < 0 or > 0.5)
            throw new InvalidDataException(
                Format.Invariant($"--refusal-share is {options.RefusalShare}; it must be 0 … 0.5, such as 0.1."));
        ThrowIfBelowOne("--context-length", options.Budget.ContextLength, "2048");
        ThrowIfBelowOne("--passages", options.Budget.Passages, "3");
        ThrowIfBelowOne("--max-tokens", options.Budget.AnswerTokens, "256");
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
        var retriever = OpenPassages(display, work, chunks, documentation, tokenizer, options);
        var rows = new SftBuilder(chunks, retriever.Passages, retriever.Tokenizer, options).Build(review.Accepted);
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
        WriteContexts(display, rows, retriever);
        display.WriteLine($"→ {Format.RelativePaths(work.Rows)}");
        foreach (var file in manifest.Files.Where(file => file.Rows > 0 && file.Name.Contains("train", StringComparison.Ordinal)))
            foreach (var warning in RowCheck.Run(new([Path.Combine(work.Rows, file.Name)])).Warnings)
                display.WriteWarning($"Warning: {file.Name}: {warning}");
    }

    private static void WriteContexts(Display display, SftRows rows, PassageRetriever retriever)
    {
        RagRow[] all = [.. rows.Rag.SelectMany(side => side)];
        RagRow[] answered = [.. all.Where(row => row.Source.Length > 0)];
        if (answered.Length == 0) return;
        display.WriteLine(
            $"contexts: up to {Format.Count(retriever.Budget.Passages, "passage")} of at most "
                + $"{Format.Count(retriever.Budget.PassageTokens, "token")} from {Format.Count(retriever.Passages.Count)}; the "
                + "search finds all that support the answer for "
                + $"{Format.Count(rows.Retrieved)} of {Format.Count(answered.Length)} rows "
                + $"({Format.Percent((double)rows.Retrieved / answered.Length)})"
                + (rows.Retrieved < answered.Length ? ", and they were added to the others" : ""));
        var places = answered
            .Select(row => Array.IndexOf(row.ContextIds.Split(' '), row.Source.Split(' ')[0]) + 1)
            .CountBy(place => place).OrderBy(place => place.Key)
            .Select(place => Format.Invariant($"[{place.Key}] ") + Format.Percent((double)place.Value / answered.Length));
        display.WriteLine($"place of the first supporting passage: {string.Join(", ", places)}");
        display.WriteLine(
            $"refusals, with a context that lacks the answer: {Format.Count(rows.Refusals)} of {Format.Count(all.Length)} rows "
                + $"({Format.Percent((double)rows.Refusals / all.Length)})");
    }

    private static PassageRetriever OpenPassages(
        Display display, SynthesisFolder work, ChunkSet chunks, string? documentation, string? tokenizer,
        SftBuildOptions options)
    {
        var source = SynthesisSource.Read(work.Source);
        documentation ??= source?.Documentation;
        var counter = TokenizerFolder.Load(tokenizer ?? source?.Tokenizer ?? SynthChunkCommand.DefaultTokenizer);
        if (documentation is null)
        {
            display.WriteWarning(
                $"{work.Source} does not exist, so the passages of the rows are the chunks, which chat may split otherwise. Name "
                    + "the documentation with --docs DOCS.");
            return new(chunks.All, counter, options.Budget);
        }
        if (!Path.Exists(documentation))
            throw new InvalidDataException(
                $"{documentation}, the documentation of {work.Chunks}, does not exist. Name its folder with --docs DOCS.");
        return PassageRetriever.Open(documentation, counter, options.Budget);
    }

    private static void ThrowIfBelowOne(string option, int value, string example)
    {
        if (value < 1)
            throw new InvalidDataException(Format.Invariant($"{option} is {value}; it must be at least 1, such as {example}."));
    }
}
