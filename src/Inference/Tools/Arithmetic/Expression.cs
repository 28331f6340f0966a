namespace TurkishLlm.Inference.Tools.Arithmetic;

/// <summary>
/// Computes an arithmetic expression: + − × ÷, powers, parentheses and percent (20% and %20 are 20/100). Nothing is evaluated
/// but this grammar.
/// </summary>
/// <remarks>
/// Powers bind to the right and stronger than a sign: −2^2 = −4, 2^3^2 = 2^9. Spec: TOOL-06. Not thread-safe.
/// </remarks>
internal sealed class Expression
{
    /// <summary>Maximum length, in characters.</summary>
    public const int MaxLength = 500;

    private const int MaxDepth = 64;

    private readonly string _text;
    private int _at;
    private int _depth;

    private Expression(string text) => _text = text;

    /// <exception cref="ToolException">The expression is empty, too long, nested too deeply, or cannot be computed.</exception>
    public static Fraction Evaluate(string text)
    {
        if (text.Length > MaxLength)
            throw new ToolException(FormattableString.Invariant($"ifade {text.Length} karakter; en çok {MaxLength} olabilir."));
        var expression = new Expression(text);
        var value = expression.ReadSum();
        return expression.Peek() is { } rest ? throw expression.Unexpected(rest) : value;
    }

    private Fraction ReadSum()
    {
        var value = ReadProduct();
        while (true)
            if (Take('+')) value += ReadProduct();
            else if (TakeMinus()) value -= ReadProduct();
            else return value;
    }

    private Fraction ReadProduct()
    {
        var value = ReadSigned();
        while (true)
            if (Take('×') || Take('*') || Take('·') || Take('x') || Take('X')) value *= ReadSigned();
            else if (Take('÷') || Take('/') || Take(':')) value /= ReadSigned();
            else return value;
    }

    private Fraction ReadSigned()
    {
        if (++_depth > MaxDepth)
            throw new ToolException(FormattableString.Invariant($"ifade çok derin; en çok {MaxDepth} basamak olabilir."));
        var value = Take('+') ? ReadSigned() : TakeMinus() ? -ReadSigned() : ReadPower();
        _depth--;
        return value;
    }

    private Fraction ReadPower()
    {
        var value = ReadWithMarks();
        return Take('^') || Take("**") ? value.Power(ReadSigned()) : value;
    }

    private Fraction ReadWithMarks()
    {
        var value = ReadOperand();
        while (true)
            if (Take('%')) value /= Whole(100);
            else if (Take('²')) value = value.Power(Whole(2));
            else if (Take('³')) value = value.Power(Whole(3));
            else return value;
    }

    private Fraction ReadOperand()
    {
        if (Take('%')) return ReadNumber() / Whole(100);
        if (!Take('(')) return ReadNumber();
        var value = ReadSum();
        if (!Take(')')) throw Peek() is { } rest ? Unexpected(rest) : new ToolException("kapanan parantez eksik.");
        return value;
    }

    private Fraction ReadNumber()
    {
        if (Peek() is not { } first) throw new ToolException("ifade eksik: bir sayı bekleniyordu.");
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '.' or ',')) _at++;
        return _at == start ? throw Unexpected(first) : TurkishNumber.Parse(_text[start.._at]);
    }

    private static Fraction Whole(int value) => Fraction.Create(value, 1);

    private char? Peek()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
        return _at < _text.Length ? _text[_at] : null;
    }

    private bool TakeMinus() => Take('-') || Take('−') || Take('–');

    // A double star is a power, not two products.
    private bool Take(char mark) =>
        Peek() == mark && !(mark == '*' && _text.AsSpan(_at).StartsWith("**")) && Take(mark.ToString());

    private bool Take(string mark)
    {
        if (Peek() is null || !_text.AsSpan(_at).StartsWith(mark, StringComparison.Ordinal)) return false;
        _at += mark.Length;
        return true;
    }

    private ToolException Unexpected(char mark) =>
        new(FormattableString.Invariant($"{_at + 1}. karakter beklenmiyordu: {mark}"));
}
