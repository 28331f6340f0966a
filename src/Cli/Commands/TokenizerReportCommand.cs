using System.CommandLine;
using TurkishLlm.Data;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Commands;

/// <summary><c>turkishllm tokenizer report</c></summary>
internal static class TokenizerReportCommand
{
    public static Command Create(Display display)
    {
        var folder = new Argument<string>("tokenizer") { Description = "Folder of a tokenizer." };
        var text = new Option<string[]>("--text") { Description = "Text files or folders; each file is a domain. Without it, the text that comes with the program.", AllowMultipleArgumentsPerToken = true };
        var compare = new Option<string[]>("--compare") { Description = "Folders of other tokenizers.", AllowMultipleArgumentsPerToken = true };
        var html = new Option<string>("--html") { Description = "Writes a page to look at." };
        var command = new Command("report", "Measures tokenizers on text. Example: turkishllm tokenizer report tokenizers/64k --text heldout/ --compare tokenizers/32k --html report.html")
        {
            folder, text, compare, html,
        };
        command.SetAction(parsed =>
        {
            var domains = (parsed.GetValue(text) is { Length: > 0 } named ? named : [Path.Combine(AppContext.BaseDirectory, "fixtures", "text")])
                .SelectMany(DocumentReader.Files)
                .Select(file => (Path.GetFileNameWithoutExtension(file), (IReadOnlyList<string>)[.. DocumentReader.Read(file).Select(document => document.Text)])).ToArray();
            var reports = new[] { parsed.GetRequiredValue(folder) }.Concat(parsed.GetValue(compare) ?? [])
                .Select(name => TokenizerReport.Of(Path.TrimEndingDirectorySeparator(name), Tokenizer.Load(name), domains)).ToArray();
            Print(display, reports);
            if (parsed.GetValue(html) is not { } page) return;
            File.WriteAllText(page, TokenizerReportPage.Write(reports[0], reports[1..]));
            display.Line($"→ {page}");
        });
        return command;
    }

    private static void Print(Display display, TokenizerReport[] reports)
    {
        var report = reports[0];
        display.Heading($"{report.Name}: {Show.Count(report.Tokenizer.VocabularySize)} tokens");
        display.Table(
            ["domain", "words", "tokens/word", "bytes/word", "bytes/token", "parts", "suffixes whole"],
            report.Domains.Append(report.Total).Select(domain => (IReadOnlyList<string>)
            [
                domain.Name, Show.Count(domain.Words), Show.Text($"{domain.TokensPerWord:F3}"), Show.Text($"{domain.BytesPerWord:F2}"),
                Show.Text($"{domain.BytesPerToken:F2}"), Show.Percent(domain.PartShare), Show.Percent(domain.WholeSuffixShare),
            ]));
        var split = report.Terms.Where(term => term.Tokens.Count > 1).Select(term => string.Join('|', term.Tokens).TrimStart());
        display.Line($"ERP terms in one token: {Show.Percent(report.WholeTermShare)} of {report.Terms.Count}" + (split.Any() ? $"; not {string.Join(", ", split)}" : ""));

        if (reports is [_]) return;
        display.Heading("Comparison");
        display.Table(
            ["tokenizer", "vocabulary", "tokens/word", "bytes/token", "suffixes whole", "terms whole"],
            reports.Select(other => (IReadOnlyList<string>)
            [
                other.Name, Show.Count(other.Tokenizer.VocabularySize), Show.Text($"{other.Total.TokensPerWord:F3}"), Show.Text($"{other.Total.BytesPerToken:F2}"),
                Show.Percent(other.Total.WholeSuffixShare), Show.Percent(other.WholeTermShare),
            ]));
    }
}
