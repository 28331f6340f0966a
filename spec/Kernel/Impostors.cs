using System.Collections;

namespace TurkishLlm.Specification;

/// <summary>
/// The wrong implementations that a requirement must refute, by name and in order: <c>["no mask"] = (c, at) => …</c>.
/// </summary>
/// <typeparam name="TCase">Cases of the requirement.</typeparam>
/// <typeparam name="TSubject">What the requirement judges.</typeparam>
public sealed class Impostors<TCase, TSubject> : IEnumerable<KeyValuePair<string, Func<TCase, Conditions, TSubject>>>
{
    private readonly OrderedDictionary<string, Func<TCase, Conditions, TSubject>> _byName = new(StringComparer.Ordinal);

    /// <summary>Creates an empty list, to be filled by an initializer.</summary>
    public Impostors()
    {
    }

    /// <summary>Creates a copy, to be extended by an initializer.</summary>
    /// <param name="impostors">The impostors to start with.</param>
    public Impostors(Impostors<TCase, TSubject> impostors)
    {
        foreach (var (name, create) in impostors) _byName.Add(name, create);
    }

    /// <summary>Names in the order in which they were added.</summary>
    public IReadOnlyList<string> Names => [.. _byName.Keys];

    /// <summary>Gets or adds the function that makes the impostor for a case.</summary>
    /// <param name="name">The bug in a few words.</param>
    /// <exception cref="KeyNotFoundException">There is no impostor of that name.</exception>
    /// <exception cref="ArgumentException">There already is an impostor of that name.</exception>
    public Func<TCase, Conditions, TSubject> this[string name]
    {
        get => _byName[name];
        set => _byName.Add(name, value);
    }

    /// <summary>Creates one impostor per named change.</summary>
    /// <param name="changes">What each impostor does differently, by name.</param>
    /// <param name="create">Makes the subject with a change.</param>
    /// <typeparam name="TChange">Type of a change.</typeparam>
    public static Impostors<TCase, TSubject> Create<TChange>(
        IEnumerable<KeyValuePair<string, TChange>> changes, Func<TChange, Func<TCase, Conditions, TSubject>> create)
    {
        var impostors = new Impostors<TCase, TSubject>();
        foreach (var (name, change) in changes) impostors[name] = create(change);
        return impostors;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, Func<TCase, Conditions, TSubject>>> GetEnumerator() => _byName.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
