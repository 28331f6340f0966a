namespace TurkishLlm.Tokenization;

/// <summary>Enumerates the pre-tokens of a text without allocating: see <see cref="SplitRule.Split"/>.</summary>
public ref struct PreTokenEnumerator
{
    private readonly SplitScanner _scanner;
    private readonly ReadOnlySpan<char> _text;
    private int _start, _end;

    internal PreTokenEnumerator(SplitScanner scanner, ReadOnlySpan<char> text)
    {
        _scanner = scanner;
        _text = text;
    }

    /// <summary>The current pre-token.</summary>
    public readonly ReadOnlySpan<char> Current => _text[_start.._end];

    /// <summary>Index of the current pre-token in the text, in characters.</summary>
    public readonly int Start => _start;

    /// <summary>Returns this enumerator, for <c>foreach</c>.</summary>
    public readonly PreTokenEnumerator GetEnumerator() => this;

    /// <summary>Advances to the next pre-token.</summary>
    public bool MoveNext()
    {
        _start = _end;
        _end += _scanner.GetFirstLength(_text[_start..]);
        return _end > _start;
    }
}
