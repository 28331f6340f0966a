using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Training.Safety;

/// <summary>
/// Halves the micro-batches of a step until they fit into memory. The step still has the same sequences, and its gradient is the
/// same up to rounding.
/// </summary>
/// <remarks>
/// Dropout masks are drawn per micro-batch, so with dropout the masks differ but have the same distribution. Source: reference
/// report, section 15: 32 sequences did not fit, 8 × 4 did. Spec: SAF-04.
/// </remarks>
public sealed class MicroBatchLimit
{
    private readonly Action<int, int> _onHalved;

    /// <param name="rows">Initial number of rows per micro-batch.</param>
    /// <param name="onHalved">Receives the size that did not fit and the next one to try.</param>
    public MicroBatchLimit(int rows, Action<int, int>? onHalved = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        (Rows, _onHalved) = (rows, onHalved ?? ((_, _) => { }));
    }

    /// <summary>Largest number of rows per micro-batch.</summary>
    public int Rows { get; private set; }

    /// <summary>Runs a step, with smaller micro-batches each time it does not fit into memory.</summary>
    /// <param name="attempt">Runs the whole step from its beginning; receives the micro-batch size.</param>
    /// <exception cref="ConfigurationException">Not even one sequence fits into memory.</exception>
    public T RunUntilFits<T>(Func<int, T> attempt)
    {
        while (true)
        {
            try
            {
                return attempt(Rows);
            }
            catch (Exception error) when (OutOfMemory.IsOutOfMemory(error))
            {
                if (Rows == 1)
                    throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture,
                        $"There is not enough memory for a single sequence: {error.Message.Split('\n')[0]} "
                            + $"Use a shorter training.sequence_length, a smaller model, or a device with more "
                            + $"memory."));
                var before = Rows;
                Rows = (Rows + 1) / 2;
                _onHalved(before, Rows);
            }
        }
    }
}
