namespace TurkishLlm.Specification;

/// <summary>
/// Judges requirements before a training loop starts. Only a gate issues a <see cref="Clearance"/>, so a loop with a constructor
/// that takes one cannot start without it.
/// </summary>
/// <example>
/// <code>
/// var clearance = Gate.With(catalog).And(mine).Clear(new Conditions(CUDA, ScalarType.BFloat16, seed: 7));
/// new MyTrainer(model, clearance).Run();
/// </code>
/// </example>
public sealed class Gate
{
    private readonly Catalog _catalog;

    private Gate(Catalog catalog) => _catalog = catalog;

    /// <summary>Creates a gate.</summary>
    /// <param name="catalog">The requirements to judge.</param>
    public static Gate With(Catalog catalog) => new(catalog);

    /// <summary>Returns a gate that judges further requirements too.</summary>
    /// <exception cref="ArgumentException">Two requirements have the same id.</exception>
    public Gate And(Catalog catalog) => new(_catalog.And(catalog));

    /// <summary>Returns a gate that judges further requirements too.</summary>
    /// <exception cref="ArgumentException">Two requirements have the same id.</exception>
    public Gate And(params IReadOnlyList<Requirement> requirements) => And(new Catalog("own requirements", requirements));

    /// <summary>Judges all requirements and issues a clearance if they hold.</summary>
    /// <param name="at">The conditions of the run.</param>
    /// <param name="facts">What else the report should name, such as hashes of the configuration and the data.</param>
    /// <param name="progress">Receives every judgment.</param>
    /// <param name="cancellationToken">Cancels the judging.</param>
    /// <exception cref="GateClosedException">A requirement fails, or all were skipped.</exception>
    public Clearance Clear(
        Conditions at, IReadOnlyDictionary<string, string>? facts = null, IProgress<Judgment>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(at);
        var report = new GateReport(at, _catalog.Judge(at, progress, cancellationToken), facts);
        return report.IsOpen ? new Clearance(report) : throw new GateClosedException(report, at);
    }
}
