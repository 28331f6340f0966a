using System.Text;
using System.Text.RegularExpressions;

namespace TurkishLlm.Tests.Unit.Documentation;

/// <summary>The English of files, without code: what the tests of words and spelling read.</summary>
internal static partial class DocumentedText
{
    /// <summary>Returns the prose of a Markdown page with the line numbers of the file: no code, no addresses, no HTML.</summary>
    public static IEnumerable<(int Line, string Text)> ReadMarkdown(string text)
    {
        var fenced = false;
        foreach (var (index, line) in text.Split('\n').Index())
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal)) fenced = !fenced;
            else if (!fenced) yield return (index + 1, CodePattern().Replace(line, " "));
        }
    }

    /// <summary>Returns the comments of a YAML file, without code in backticks.</summary>
    public static IEnumerable<(int Line, string Text)> ReadYaml(string text) =>
        text.Split('\n').Index()
            .Where(line => line.Item.Contains('#', StringComparison.Ordinal))
            .Select(line => (line.Index + 1, CodePattern().Replace(line.Item.Split('#', 2)[1], " ")));

    /// <summary>Returns the comments and literals of C# source, without tags and interpolated values.</summary>
    public static IEnumerable<(int Line, string Text)> ReadCSharp(string source)
    {
        var scanner = new Scanner(source);
        scanner.ReadCode(stopAtBrace: false);
        return scanner.Found;
    }

    [GeneratedRegex(@"`[^`]*`|\]\([^)]*\)|https?://\S+|<[^>]*>")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"<c>.*?</c>|<(see|paramref|typeparamref|inheritdoc|seealso)[^>]*>|</?[a-z]+[^>]*>")]
    private static partial Regex TagPattern();

    /// <summary>Splits C# source into comments, literals and code, as far as it takes to find the first two.</summary>
    private sealed class Scanner(string source)
    {
        private int _at;

        public List<(int Line, string Text)> Found { get; } = [];

        /// <summary>Reads code up to the end, or up to the brace that closes an interpolated value.</summary>
        public void ReadCode(bool stopAtBrace)
        {
            for (var depth = 0; _at < source.Length;)
            {
                if (Skip("//")) ReadComment();
                else if (Skip("/*")) _at = Math.Max(source.IndexOf("*/", _at, StringComparison.Ordinal) + 2, _at);
                else if (source[_at] == '\'') ReadCharacter();
                else if (IsLiteral(out var prefix)) ReadLiteral(prefix);
                else if (stopAtBrace && depth == 0 && source[_at] == '}') return;
                else depth += source[_at++] switch { '{' or '(' or '[' => 1, '}' or ')' or ']' => -1, _ => 0 };
            }
        }

        private bool Skip(string text)
        {
            if (string.CompareOrdinal(source, _at, text, 0, text.Length) != 0) return false;
            _at += text.Length;
            return true;
        }

        private void ReadComment()
        {
            var end = source.IndexOf('\n', _at) is var at and >= 0 ? at : source.Length;
            Add(_at, TagPattern().Replace(source[_at..end].TrimStart('/'), " "));
            _at = end;
        }

        private void ReadCharacter()
        {
            _at += source[_at + 1] == '\\' ? 3 : 2;
            _at = source.IndexOf('\'', _at) + 1;
        }

        // A quotation mark, or the signs $ and @ before one.
        private bool IsLiteral(out string prefix)
        {
            var end = _at;
            while (end < source.Length && source[end] is '$' or '@') end++;
            prefix = source[_at..end];
            return end < source.Length && source[end] == '"';
        }

        private void ReadLiteral(string prefix)
        {
            _at += prefix.Length;
            var quotes = 0;
            while (_at < source.Length && source[_at] == '"') (quotes, _at) = (quotes + 1, _at + 1);
            if (quotes == 2) return;
            var holes = prefix.Count(sign => sign == '$');
            var isVerbatim = prefix.Contains('@', StringComparison.Ordinal);
            var (start, text) = (_at, new StringBuilder());
            while (_at < source.Length && !EndsLiteral(quotes, isVerbatim, text))
            {
                if (holes > 0 && source[_at] == '{') ReadHole(holes, quotes >= 3, text);
                else if (quotes == 1 && !isVerbatim && source[_at] == '\\') ReadEscape(text);
                else text.Append(source[_at++]);
            }
            Add(start, text.ToString());
        }

        private bool EndsLiteral(int quotes, bool isVerbatim, StringBuilder text)
        {
            if (quotes >= 3) return Skip(new string('"', quotes));
            if (source[_at] != '"') return false;
            if (isVerbatim && _at + 1 < source.Length && source[_at + 1] == '"')
            {
                text.Append('"');
                _at++;
                return false;
            }
            _at++;
            return true;
        }

        private void ReadHole(int holes, bool isRaw, StringBuilder text)
        {
            var braces = 0;
            while (source[_at + braces] == '{') braces++;
            if (!isRaw && braces >= 2)
            {
                text.Append("{{");
                _at += 2;
                return;
            }
            if (isRaw && braces < holes)
            {
                text.Append('{', braces);
                _at += braces;
                return;
            }
            _at += braces;
            ReadCode(stopAtBrace: true);
            _at += isRaw ? holes : 1;
            text.Append(" … ");
        }

        private void ReadEscape(StringBuilder text)
        {
            text.Append(source[_at + 1] is 'n' or 't' or 'r' ? " " : "");
            _at += 2;
        }

        private void Add(int position, string text)
        {
            if (text.Any(char.IsLetter)) Found.Add((source.AsSpan(0, position).Count('\n') + 1, text));
        }
    }
}
