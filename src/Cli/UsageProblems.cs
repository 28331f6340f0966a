using System.CommandLine;
using System.CommandLine.Parsing;
using TurkishLlm.Model;

namespace TurkishLlm.Cli;

/// <summary>What is wrong with the words of a command line: each with the word, the rule and the nearest right word.</summary>
internal static class UsageProblems
{
    /// <summary>All problems; none when the command can run.</summary>
    public static IReadOnlyList<string> Find(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0) return parsed.Errors.Count == 0 ? [] : [DescribeMissingCommand(parsed, command)];

        // The parser takes any word for an argument, misspelt options among them. After "--" that is meant.
        var misspelt = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .Where(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))
            .Select(token => DescribeUnknownOption(token.Value, command)).ToArray();
        if (misspelt.Length > 0) return misspelt;
        return parsed.UnmatchedTokens is [var word, ..] ? [DescribeExtraArgument(word, command)] : [.. parsed.Errors.Select(Describe).Distinct()];
    }

    /// <summary>The verbs that lead to a command.</summary>
    public static IReadOnlyList<string> GetCommandPath(Command command) =>
        command is RootCommand ? [] : [.. GetCommandPath((Command)command.Parents.First()), command.Name];

    private static string DescribeMissingCommand(ParseResult parsed, Command command)
    {
        var verbs = command.Subcommands.Select(verb => verb.Name).ToArray();
        var after = command is RootCommand ? "" : $" after {string.Join(' ', GetCommandPath(command))}";
        return parsed.UnmatchedTokens is [var word, ..]
            ? word.StartsWith('-') ? $"There is no option {word}{after}. Verbs: {string.Join(", ", verbs)}." : $"There is no verb \"{word}\"{after}.{SpellingSuggestions.FormatHint(word, verbs)}"
            : $"A verb is missing{after}: {string.Join(", ", verbs[..^1])} or {verbs[^1]}.";
    }

    private static string DescribeUnknownOption(string word, Command command) =>
        $"There is no option {word}.{SpellingSuggestions.FormatHint(word, [.. command.Options.Select(option => option.Name), "--help"])}";

    private static string DescribeExtraArgument(string word, Command command) =>
        $"{string.Join(' ', GetCommandPath(command))} does not take \"{word}\", only {string.Join(' ', command.Arguments.Select(a => a.ValueType == typeof(int[]) ? $"<{a.Name}>, whole numbers" : $"<{a.Name}>").DefaultIfEmpty("options"))}. Text with spaces stands in quotes.";

    private static string Describe(ParseError error)
    {
        var (name, description, type, tokens) = error.SymbolResult switch
        {
            OptionResult { Option: var option } result => (option.Name, option.Description, option.ValueType, result.Tokens),
            ArgumentResult { Argument: var argument, Parent: OptionResult { Option: var option } } result => (option.Name, option.Description, argument.ValueType, result.Tokens),
            ArgumentResult { Argument: var argument } result => ($"<{argument.Name}>", argument.Description, argument.ValueType, result.Tokens),
            CommandResult { Command: var command } when command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0) is { } argument
                && error.Message.StartsWith("Required argument", StringComparison.Ordinal) => ($"<{argument.Name}>", argument.Description, argument.ValueType, []),
            _ => ("", null, typeof(string), []),
        };
        if (name.Length == 0) return error.Message;
        if (tokens.Count == 0) return $"{name} {(error.SymbolResult is OptionResult { IdentifierToken: not null } ? "has no value" : "is missing")}: {description}";
        if (error.Message.Split('\'') is { Length: >= 5 } quoted && error.Message.Contains("Must be one of", StringComparison.Ordinal))
            return $"{name} is {quoted[1]}; it must be {string.Join(" or ", quoted.Skip(3).Where((_, i) => i % 2 == 0))}.";
        var kind = Type.GetTypeCode((Nullable.GetUnderlyingType(type) ?? type) is { IsArray: true } array ? array.GetElementType() : Nullable.GetUnderlyingType(type) ?? type);
        return kind switch
        {
            TypeCode.Int32 or TypeCode.Int64 => $"{name} is {tokens[^1].Value}; it must be a whole number.",
            TypeCode.Double => $"{name} is {tokens[^1].Value}; it must be a number, with a point before its decimals.",
            _ => error.Message,
        };
    }
}
