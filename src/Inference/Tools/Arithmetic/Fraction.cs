using System.Globalization;
using System.Numerics;

namespace TurkishLlm.Inference.Tools.Arithmetic;

/// <summary>An exact rational number. Results that are too large to read are refused.</summary>
internal readonly record struct Fraction
{
    private const int MaxBits = 1024, ExactDigits = 30, RoundedDigits = 15, MaxZeros = 60;

    private Fraction(BigInteger numerator, BigInteger denominator) => (Numerator, Denominator) = (numerator, denominator);

    /// <summary>The numerator, which has the sign.</summary>
    public BigInteger Numerator { get; }

    /// <summary>The denominator, which is positive and shares no factor with the numerator.</summary>
    public BigInteger Denominator { get; }

    /// <summary>True for a whole number.</summary>
    public bool IsInteger => Denominator.IsOne;

    /// <exception cref="ToolException">The denominator is 0, or the number is too large.</exception>
    public static Fraction Create(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero) throw new ToolException("sıfıra bölme tanımsızdır.");
        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        var (top, bottom) = (numerator / divisor, denominator / divisor);
        return top.GetBitLength() <= MaxBits && bottom.GetBitLength() <= MaxBits ? new(top, bottom) : throw TooLarge();
    }

    public static Fraction operator +(Fraction a, Fraction b) =>
        Create(a.Numerator * b.Denominator + b.Numerator * a.Denominator, a.Denominator * b.Denominator);

    public static Fraction operator -(Fraction a, Fraction b) => a + -b;

    public static Fraction operator -(Fraction a) => new(-a.Numerator, a.Denominator);

    public static Fraction operator *(Fraction a, Fraction b) => Create(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Fraction operator /(Fraction a, Fraction b) => Create(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    /// <summary>Raises the number to a whole power.</summary>
    /// <exception cref="ToolException">The exponent is not whole, the power is undefined, or the result is too large.</exception>
    public Fraction Power(Fraction exponent)
    {
        if (!exponent.IsInteger) throw new ToolException("üs tam sayı olmalıdır.");
        if (Numerator.IsZero && exponent.Numerator.Sign <= 0)
            throw new ToolException("sıfırın sıfırıncı ve negatif kuvveti tanımsızdır.");
        if (BigInteger.Abs(exponent.Numerator) > MaxBits)
            return BigInteger.Abs(Numerator).IsOne && Denominator.IsOne ? (exponent.Numerator.IsEven ? this * this : this)
                : Numerator.IsZero ? this : throw TooLarge();
        var size = (int)BigInteger.Abs(exponent.Numerator);
        var bits = Math.Max(Numerator.GetBitLength(), Denominator.GetBitLength());
        // One bit less per factor: 2 to the power n has n + 1 bits.
        if ((bits - 1) * size > MaxBits) throw TooLarge();
        var (top, bottom) = (BigInteger.Pow(Numerator, size), BigInteger.Pow(Denominator, size));
        return exponent.Numerator.Sign >= 0 ? Create(top, bottom) : Create(bottom, top);
    }

    /// <summary>Returns the number with a decimal comma: exactly with at most 30 decimals, otherwise rounded, after ≈.</summary>
    public override string ToString()
    {
        if (FindExactDigits() is { } digits) return Write(digits);
        return $"≈ {Write(RoundedDigits + CountZeros())}";
    }

    private static ToolException TooLarge() => new("sayı çok büyük.");

    // Null if the decimals never end, or are too many.
    private int? FindExactDigits()
    {
        var (rest, twos, fives) = (Denominator, 0, 0);
        for (; rest.IsEven; rest >>= 1) twos++;
        for (; (rest % 5).IsZero; rest /= 5) fives++;
        return rest.IsOne && Math.Max(twos, fives) <= ExactDigits ? Math.Max(twos, fives) : null;
    }

    // Zeros between the comma and the first digit.
    private int CountZeros()
    {
        var (top, zeros) = (BigInteger.Abs(Numerator) * 10, 0);
        for (; top < Denominator; top *= 10)
            if (++zeros > MaxZeros) throw new ToolException("sayı sıfıra çok yakın.");
        return zeros;
    }

    // Halves are rounded away from zero.
    private string Write(int digits)
    {
        var scaled = (2 * BigInteger.Abs(Numerator) * BigInteger.Pow(10, digits) + Denominator) / (2 * Denominator);
        var text = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var decimals = text[^digits..].TrimEnd('0');
        var sign = Numerator.Sign < 0 ? "-" : "";
        return decimals.Length == 0 ? sign + text[..^digits] : $"{sign}{text[..^digits]},{decimals}";
    }
}
