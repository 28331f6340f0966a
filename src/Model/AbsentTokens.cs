using System.Numerics;
using static System.FormattableString;

namespace TurkishLlm.Model;

/// <summary>
/// The special tokens that the vocabulary of an imported model lacks. They have ids and rows here, but take no part in the
/// softmax: their logits are −∞, so the probabilities of all other tokens are those of the original model.
/// </summary>
/// <remarks>
/// A model that is trained here has all special tokens. A value of this type can be compared, like the configuration that holds
/// it. Spec: IMP-03.
/// </remarks>
public readonly record struct AbsentTokens
{
    /// <summary>Number of ids that may be absent: those of the special tokens, from 0.</summary>
    public const int Limit = 16;

    /// <summary>The begin of a text. If it is absent, its row is a copy of that of the end of a text.</summary>
    internal const int BeginOfText = 0;

    /// <summary>The end of a text, which no model lacks.</summary>
    internal const int EndOfText = 1;

    private readonly ushort _bits;

    /// <param name="ids">The ids, 0 … <see cref="Limit"/> − 1 without that of the end of text.</param>
    /// <exception cref="ConfigurationException">An id is out of range or occurs twice, or is that of the end of text.</exception>
    public AbsentTokens(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        foreach (var id in ids)
        {
            if (id is < 0 or >= Limit or EndOfText)
                throw new ConfigurationException(Invariant(
                    $"Token {id} cannot be absent: only special tokens can, 0 … {Limit - 1}, except the end of text, ")
                        + Invariant($"{EndOfText}."));
            if (Contains(id)) throw new ConfigurationException(Invariant($"The absent token {id} occurs twice."));
            _bits |= (ushort)(1 << id);
        }
    }

    /// <summary>Number of absent tokens.</summary>
    public int Count => BitOperations.PopCount(_bits);

    /// <summary>The ids in order.</summary>
    public IReadOnlyList<int> Ids
    {
        get
        {
            var self = this;
            return [.. Enumerable.Range(0, Limit).Where(id => self.Contains(id))];
        }
    }

    /// <summary>Returns true if a token is absent.</summary>
    public bool Contains(int id) => id is >= 0 and < Limit && (_bits >> id & 1) != 0;

    /// <summary>Returns the ids, separated by commas.</summary>
    public override string ToString() => string.Join(", ", Ids);
}
