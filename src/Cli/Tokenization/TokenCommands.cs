using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TurkishLlm.Cli.Chat;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Tokenization;

/// <summary><c>turkishllm tokenizer encode | decode</c></summary>
internal static class TokenCommands
{
    private const string StandardInput = "standard input";

    public static Command CreateEncode(Display display, ChatTerminal terminal)
    {
        var folder = new Argument<string>("tokenizer") { Description = "Tokenizer folder." };
        var text = new Argument<string?>("text")
        {
            Description = $"Text to encode. {InputText.Description}", Arity = ArgumentArity.ZeroOrOne,
        };
        var json = JsonOutput.CreateOption();
        var command = new Command("encode", "Print the token ids and tokens of a text.") { folder, text, json };
        command.SetAction(parsed =>
        {
            var tokenizer = TokenizerFolder.Load(parsed.GetRequiredValue(folder));
            var ids = tokenizer.EncodeToIds(
                TextNormalizer.ToNfc(InputText.Read(parsed.GetValue(text), terminal, missing: null, "<text>")));
            var tokens = ids.Select(id => tokenizer.Decode([id]));
            if (parsed.GetValue(json)) JsonOutput.WriteLine(display.Output, new { Ids = ids, Tokens = tokens });
            else
            {
                display.WriteLine(string.Join(' ', ids));
                display.WriteLine(string.Join(" | ", tokens));
            }
        });
        return command;
    }

    public static Command CreateDecode(Display display, ChatTerminal terminal)
    {
        var folder = new Argument<string>("tokenizer") { Description = "Tokenizer folder." };
        var ids = new Argument<string[]>("ids")
        {
            Description = "Token ids to decode. Without them, or for -, standard input is read: ids, or the JSON of encode.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var json = JsonOutput.CreateOption();
        var command = new Command("decode", "Print the text of token ids.") { folder, ids, json };
        command.Validators.Add(parsed =>
        {
            foreach (var word in (parsed.GetValue(ids) ?? []).Where(word => word != "-" && !TryParseId(word, out _)))
                parsed.AddError(DescribeInvalidId(word));
        });
        command.SetAction(parsed =>
        {
            var (path, words) = (parsed.GetRequiredValue(folder), parsed.GetValue(ids) ?? []);
            var tokenizer = TokenizerFolder.Load(path);
            var numbers = words is [] or ["-"]
                ? ReadIds(InputText.Read(words.FirstOrDefault(), terminal, missing: null, "<ids>"))
                : [.. words.Select(ParseId)];
            foreach (var id in numbers)
                if (id < 0 || id >= tokenizer.VocabularySize)
                    throw new InvalidDataException(
                        Format.Invariant($"Unknown token id {id}: the vocabulary of {path} ")
                            + Format.Invariant($"has the ids 0 … {tokenizer.VocabularySize - 1}."));
            var text = tokenizer.Decode(numbers);
            if (parsed.GetValue(json)) JsonOutput.WriteLine(display.Output, new { Ids = numbers, Text = text });
            else display.WriteLine(text);
        });
        return command;
    }

    private static int[] ReadIds(string text)
    {
        if (!text.TrimStart().StartsWith('{')) return [.. text.Split(
            [' ', '\t', '\r', '\n', ',', '[', ']'], StringSplitOptions.RemoveEmptyEntries).Select(ParseId)];
        using var document = StrictJson.Parse(text, StandardInput);
        return document.RootElement.TryGetProperty("ids", out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(item => ParseId(item.GetRawText()))]
            : throw new InvalidDataException($"{StandardInput}: the object has no list \"ids\".");
    }

    private static int ParseId(string word) =>
        TryParseId(word, out var id) ? id : throw new ConfigurationException(DescribeInvalidId(word));

    private static bool TryParseId(string word, out int id) =>
        int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out id);

    private static string DescribeInvalidId(string word) => $"\"{word}\" is not a token id; ids are whole numbers.";
}
