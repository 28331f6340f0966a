using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization.Foreign;
using TurkishLlm.Tokenization.Report;

namespace TurkishLlm.Cli.Tokenization;

/// <summary><c>turkishllm tokenizer report</c></summary>
internal static class TokenizerReportCommand
{
    public static Command Create(Display display)
    {
        var folder = new Argument<string>("tokenizer")
        {
            Description = "Tokenizer folder or file: of this program, tokenizer.json of a byte-level BPE of Hugging Face, a file "
                + "of tiktoken, or a SentencePiece model.",
        };
        var text = new Option<string[]>("--text")
        {
            Description = "Files or folders of text, JSON lines or Parquet to measure on; each file is a domain (default: the "
                + "text bundled with the program).",
            AllowMultipleArgumentsPerToken = true,
        };
        var field = TextFieldOption.Create();
        var compare = new Option<string[]>("--compare")
        {
            Description = "Folders or files of other tokenizers to compare with, of any of these kinds.",
            AllowMultipleArgumentsPerToken = true,
        };
        var splitRule = new Option<string>("--split-rule")
        {
            Description = $"Split rule of files of tiktoken: {string.Join(", ", TiktokenSplitRule.Names)}, or a regular "
                + "expression (default: by the name of the file).",
            DefaultValueFactory = _ => "",
        };
        var html = HtmlFile.CreateOption("Write the report to this HTML file as well.");
        var command = new Command("report", "Measure tokenizers on text: tokens per word, bytes per token, suffixes kept whole.")
        {
            folder, text, field, compare, splitRule, html,
        };
        command.SetAction(parsed =>
        {
            HtmlFile.Check(parsed.GetValue(html));
            var domains = (
                parsed.GetValue(text) is { Length: > 0 } named
                    ? named
                    : [Path.Combine(AppContext.BaseDirectory, "fixtures", "text")])
                .SelectMany(DocumentReader.ListFiles)
                .Select(file =>
                    (
                        Path.GetFileNameWithoutExtension(file),
                        (IReadOnlyList<string>)[
                            .. DocumentReader.Read(file, parsed.GetRequiredValue(field)).Select(document => document.Text),
                        ]))
                .ToArray();
            var reports = new[] { parsed.GetRequiredValue(folder) }.Concat(parsed.GetValue(compare) ?? [])
                .Select(name =>
                    TokenizerReport.Measure(
                        Path.TrimEndingDirectorySeparator(name),
                        TokenizerFolder.LoadAny(name, parsed.GetRequiredValue(splitRule)), domains))
                .ToArray();
            Print(display, reports);
            HtmlFile.Write(display, parsed.GetValue(html), () => TokenizerReportPage.Render(reports[0], reports[1..]));
        });
        return command;
    }

    private static void Print(Display display, TokenizerReport[] reports)
    {
        var report = reports[0];
        display.WriteHeading(
            $"{report.Name}: {Format.Count(report.Tokenizer.VocabularySize)} tokens"
                + (report.Tokenizer.Own is { } own ? $", split rule {own.Split}" : $", {report.Tokenizer.Format}"));
        display.WriteTable(
            ["domain", "words", "tokens/word", "bytes/word", "bytes/token", "parts", "suffixes whole"],
            report.Domains.Append(report.Total).Select(domain => (IReadOnlyList<string>)
            [
                domain.Name,
                Format.Count(domain.Words), Format.Invariant($"{domain.TokensPerWord:F3}"),
                Format.Invariant($"{domain.BytesPerWord:F2}"),
                Format.Invariant($"{domain.BytesPerToken:F2}"),
                Format.Percent(domain.PartialCharacterShare), Format.Percent(domain.WholeSuffixShare),
            ]));
        var split = report.Terms.Where(term => term.Tokens.Count > 1).Select(term => string.Join('|', term.Tokens).TrimStart());
        display.WriteLine(
            $"ERP terms in one token: {Format.Percent(report.WholeTermShare)} of {report.Terms.Count}"
                + (split.Any() ? $"; not {string.Join(", ", split)}" : ""));

        if (reports is [_]) return;
        display.WriteHeading("Comparison");
        display.WriteTable(
            ["tokenizer", "split rule", "vocabulary", "tokens/word", "bytes/token", "suffixes whole", "terms whole"],
            reports.Select(other => (IReadOnlyList<string>)
            [
                other.Name, other.Tokenizer.SplitRuleName,
                Format.Count(other.Tokenizer.VocabularySize), Format.Invariant($"{other.Total.TokensPerWord:F3}"),
                Format.Invariant($"{other.Total.BytesPerToken:F2}"),
                Format.Percent(other.Total.WholeSuffixShare), Format.Percent(other.WholeTermShare),
            ]));
    }
}
