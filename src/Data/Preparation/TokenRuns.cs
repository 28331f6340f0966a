namespace TurkishLlm.Data;

/// <summary>Walks over the runs of n consecutive tokens, each as a hash: text that occurs elsewhere has runs that occur there.</summary>
/// <remarks>Source: Touvron et al. 2023 (Llama 2, section A.6), contamination by runs of tokens.</remarks>
internal ref struct TokenRuns
{
    private const ulong Base = 0xD1342543DE82EF95;
    private readonly ReadOnlySpan<ushort> _tokens;
    private readonly int _length;
    private readonly ulong _leavingFactor = 1;
    private ulong _sum;
    private int _next;

    public TokenRuns(ReadOnlySpan<ushort> tokens, int length)
    {
        _tokens = tokens;
        _length = length;
        for (var i = 1; i < length; i++) _leavingFactor *= Base;
        for (; _next < Math.Min(length - 1, tokens.Length); _next++) _sum = _sum * Base + tokens[_next] + 1;
    }

    /// <summary>Hash of the run.</summary>
    public readonly ulong Hash => MinHash.Mix(_sum);

    /// <summary>Goes to the next run; false after the last.</summary>
    public bool Next()
    {
        if (_next >= _tokens.Length) return false;
        if (_next >= _length) _sum -= (_tokens[_next - _length] + 1UL) * _leavingFactor;
        _sum = _sum * Base + _tokens[_next++] + 1;
        return true;
    }
}
