using System.CommandLine;
using System.CommandLine.Parsing;
using TurkishLlm.Model;

namespace TurkishLlm.Cli;

/// <summary>Describes invalid arguments: the argument, the rule, and the most similar valid one.</summary>
internal static class UsageProblems
{
    /// <summary>Returns all problems; none if the command can run.</summary>
    public static IReadOnlyList<string> Find(ParseResult parsed)
    {
        if (parsed.Tokens is [{ Type: TokenType.Directive }, ..]) return [];      // [suggest], for shell completion
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0) return parsed.Errors.Count == 0 ? [] : [DescribeMissingCommand(parsed, command)];

        // The parser accepts misspelled options as arguments. After "--" that is intended.
        var misspelt = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .Where(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))
            .Select(token => DescribeUnknownOption(token.Value, command)).ToArray();
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

    private static string DescribeUnknownOption(string word, Command command)
    {
        string[] names = [.. command.Options.Where(option => !option.Hidden).Select(option => option.Name)];
        var similar = SpellingSuggestions.FindClosest(word, names) is null
            ? names.Where(name => SharesWord(word, name)).ToArray()
            : [];
        return similar.Length > 0
            ? $"Unknown option: {word}. Did you mean {string.Join(" or ", similar.Select(name => $"\"{name}\""))}?"
            : $"Unknown option: {word}.{SpellingSuggestions.FormatHint(word, [.. names, "--help"])}";
    }

    // --mask and --loss-mask, --vocabulary and --vocab-size: one word of four letters or more contains the other.
    private static bool SharesWord(string a, string b) => GetLongWords(a).Any(x => GetLongWords(b).Any(y =>
        x.Contains(y, StringComparison.OrdinalIgnoreCase) || y.Contains(x, StringComparison.OrdinalIgnoreCase)));

    private static IEnumerable<string> GetLongWords(string option) => option.Split('-').Where(word => word.Length >= 4);

    private static string DescribeExtraArgument(string word, Command command)
    {
        var expected = command.Arguments.Select(a =>
            a.ValueType == typeof(int[]) ? $"<{a.Name}> (whole numbers)" : $"<{a.Name}>");
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
}
