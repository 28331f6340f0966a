using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Training.Safety;

/// <summary>
/// How many sequences go through the model at once. What does not fit into memory goes through in halves, twice as many:
/// the step learns from the same sequences, and its gradient is the same up to rounding.
/// </summary>
/// <remarks>
/// Dropout draws for every micro-batch, so with it the masks are others of the same distribution. Source: reference report,
/// section 15: 32 sequences did not fit, 8 × 4 did. Spec: SAF-04.
/// </remarks>
public sealed class MicroBatchLimit
{
    private readonly Action<int, int> _onHalved;

    /// <param name="rows">Sequences to begin with.</param>
    /// <param name="onHalved">Is told how many did not fit, and how many are tried next.</param>
    public MicroBatchLimit(int rows, Action<int, int>? onHalved = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        (Rows, _onHalved) = (rows, onHalved ?? ((_, _) => { }));
    }

    /// <summary>Most sequences at once.</summary>
    public int Rows { get; private set; }

    /// <summary>Tries a step with fewer and fewer sequences at once until it fits.</summary>
    /// <param name="attempt">The whole step; gets the number of sequences, and begins anew each time.</param>
    /// <exception cref="ConfigurationException">A single sequence does not fit.</exception>
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
                        $"There is not enough memory for a single sequence: {error.Message.Split('\n')[0]} Use a shorter training.sequence_length, a smaller model, or a device with more memory."));
                var before = Rows;
                Rows = (Rows + 1) / 2;
                _onHalved(before, Rows);
            }
        }
    }
}
