using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Cli;

/// <summary>Describes invalid arguments: the argument, the rule, and the most similar valid one.</summary>
internal static partial class UsageProblems
{
    /// <summary>Returns all problems; none if the command can run.</summary>
    public static IReadOnlyList<string> Find(ParseResult parsed)
    {
        if (ArgumentEncoding.FindInvalid(parsed.Tokens.Select(token => token.Value)) is { Count: > 0 } invalid) return invalid;
        if (parsed.Tokens is [{ Type: TokenType.Directive }, ..]) return [];      // [suggest], for shell completion
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0) return parsed.Errors.Count == 0 ? [] : [DescribeMissingCommand(parsed, command)];

        // The parser accepts misspelled options as arguments. After "--" that is intended.
        var words = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).ToArray();
        var misspelt = words
            .Select((token, i) => (Word: token, Next: words.ElementAtOrDefault(i + 1)))
            .Where(pair => pair.Word.Type == TokenType.Argument && OptionName().IsMatch(pair.Word.Value))
            .Select(pair => DescribeUnknownOption(pair.Word.Value, pair.Next, command)).ToArray();
        if (misspelt.Length > 0) return misspelt;
        return parsed.UnmatchedTokens is [var word, ..]
            ? [DescribeExtraArgument(word, command)]
            : [.. parsed.Errors.Select(Describe).Distinct()];
    }

    /// <summary>Returns the names of a command and its parents, without the root command.</summary>
    public static IReadOnlyList<string> GetCommandPath(Command command) =>
        command is RootCommand ? [] : [.. GetCommandPath((Command)command.Parents.First()), command.Name];

    private static string DescribeMissingCommand(ParseResult parsed, Command command)
    {
        var names = command.Subcommands.Select(subcommand => subcommand.Name).ToArray();
        var path = string.Concat(GetCommandPath(command).Select(name => $"{name} "));
        return parsed.UnmatchedTokens is not [var word, ..]
                ? $"Missing command after {(path.Length > 0 ? path.TrimEnd() : "turkishllm")}: "
                    + $"{string.Join(", ", names[..^1])} or {names[^1]}."
            : word.StartsWith('-') ? $"Unknown option: {word}. Known commands: {string.Join(", ", names)}."
            : $"Unknown command: {path}{word}.{SpellingSuggestions.FormatHint(word, names)}";
    }

    private static string DescribeUnknownOption(string typed, Token? next, Command command)
    {
        var (word, value) = typed.Split('=', 2) is [var name, var assigned] ? (name, assigned) : (typed, null);
        string[] names = [.. command.Options.Where(option => !option.Hidden).Select(option => option.Name)];
        var unknown = $"Unknown option: {word}.";
        if (word.StartsWith("--", StringComparison.Ordinal) && SpellingSuggestions.FindClosest(word, names) is { } close)
            return $"{unknown} Did you mean \"{close}\"?";
        if (OtherOptionNames.Find(word, names) is { } option) return $"{unknown} Did you mean \"{option}\"?";
        if (names.Contains("--set") && PlanKeyFinder.Find(word, GetPlanKeys(command)) is { } key)
        {
            if (next is { Type: TokenType.Argument } following && !OptionName().IsMatch(following.Value))
                value ??= following.Value;
            return $"{unknown} It is a key of the plan: --set {Format.ShellQuote($"{key}={value ?? "VALUE"}")}";
        }
        if (OtherOptionNames.IsContextLength(word))
            return $"{unknown} The context length is that of the model; `turkishllm checkpoint inspect` shows it.";
        if (word.TrimStart('-') is "model" or "m" or "plan" or "config" or "config-file" && command.Arguments is [var first, ..])
            return $"{unknown} Give the {first.Name} without an option: "
                + $"{string.Join(' ', GetCommandPath(command))} {first.Name.ToUpperInvariant()}";
        var similar = names.Where(other => SharesWord(word, other)).ToArray();
        return similar.Length > 0
            ? $"{unknown} Did you mean {string.Join(" or ", similar.Select(other => $"\"{other}\""))}?"
            : $"{unknown}{SpellingSuggestions.FormatHint(word, [.. names, "--help"])}";
    }

    private static IReadOnlyList<(string Path, PlanKey Key)> GetPlanKeys(Command command) =>
        GetCommandPath(command) is ["data", "prepare"] ? PlanSchema.CorpusKeys : PlanSchema.Keys;

    // --vocabulary and --vocab-size: one word of four letters or more contains the other.
    private static bool SharesWord(string a, string b) => GetLongWords(a).Any(x => GetLongWords(b).Any(y =>
        x.Contains(y, StringComparison.OrdinalIgnoreCase) || y.Contains(x, StringComparison.OrdinalIgnoreCase)));

    private static IEnumerable<string> GetLongWords(string option) => option.Split('-').Where(word => word.Length >= 4);

    private static string DescribeExtraArgument(string word, Command command)
    {
        var expected = command.Arguments.Select(a => $"<{a.Name}>");
        return $"Unexpected argument \"{word}\": {string.Join(' ', GetCommandPath(command))} takes "
            + $"{string.Join(' ', expected.DefaultIfEmpty("only options"))}. Put text with spaces in quotes.";
    }

    private static string Describe(ParseError error)
    {
        var (name, description, type, tokens) = error.SymbolResult switch
        {
            OptionResult { Option: var option } result => (option.Name, option.Description, option.ValueType, result.Tokens),
            ArgumentResult { Argument: var argument, Parent: OptionResult { Option: var option } } result =>
                (option.Name, option.Description, argument.ValueType, result.Tokens),
            ArgumentResult { Argument: var argument } result =>
                ($"<{argument.Name}>", argument.Description, argument.ValueType, result.Tokens),
            CommandResult { Command: var command }
                when command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0) is { } argument
                && error.Message.StartsWith("Required argument", StringComparison.Ordinal) =>
                ($"<{argument.Name}>", argument.Description, argument.ValueType, []),
            _ => ("", null, typeof(string), []),
        };
        if (name.Length == 0) return error.Message;
        if (tokens.Count == 0)
        {
            var isGiven = error.SymbolResult is OptionResult { IdentifierToken: not null };
            return $"{name} {(isGiven ? "has no value" : "is missing")}: {description}";
        }
        if (
            error.Message.Split('\'') is { Length: >= 5 } quoted
            && error.Message.Contains("Must be one of", StringComparison.Ordinal))
            return $"{name} is {quoted[1]}; it must be {string.Join(" or ", quoted.Skip(3).Where((_, i) => i % 2 == 0))}.";
        type = Nullable.GetUnderlyingType(type) ?? type;
        var kind = Type.GetTypeCode(type.IsArray ? type.GetElementType() : type);
        return kind switch
        {
            TypeCode.Int32 or TypeCode.Int64 => $"{name} is {tokens[^1].Value}; it must be a whole number.",
            TypeCode.Double => $"{name} is {tokens[^1].Value}; it must be a number with a decimal point.",
            _ => error.Message,
        };
    }

    // --name, --name=value, -n; not "-5" and not "- item" of a text.
    [GeneratedRegex("^(--.*|-[A-Za-z][A-Za-z0-9_-]*(=.*)?)$")]
    private static partial Regex OptionName();
}
