// A symmetric positive definite matrix of a few dozen rows: added up, factored (Cholesky, A = L Lᵀ), solved, inverted. In double, since
// ratings are promised to 1e-6.

namespace Maison.Battles;

/// <summary>A square matrix that is its own transpose.</summary>
sealed class SymmetricMatrix(int size)
{
    readonly double[] values = new double[size * size];

    public int Size => size;

    public double this[int row, int column]
    {
        get => values[row * size + column];
        set => values[row * size + column] = value;
    }

    /// <summary>A row as it lies in memory.</summary>
    public Span<double> Row(int row) => values.AsSpan(row * size, size);

    public SymmetricMatrix Copy()
    {
        var copy = new SymmetricMatrix(size);
        values.CopyTo(copy.values, 0);
        return copy;
    }

    /// <summary>Copies the upper triangle into the lower one.</summary>
    public void Mirror()
    {
        for (var row = 1; row < size; row++)
            for (var column = 0; column < row; column++) values[row * size + column] = values[column * size + row];
    }

    /// <summary>The lower triangle L of A = L Lᵀ.</summary>
    /// <exception cref="ArithmeticException">It is not positive definite.</exception>
    public double[,] Cholesky()
    {
        var lower = new double[size, size];
        for (var i = 0; i < size; i++)
            for (var j = 0; j <= i; j++)
            {
                var sum = this[i, j];
                for (var k = 0; k < j; k++) sum -= lower[i, k] * lower[j, k];
                if (i != j) lower[i, j] = sum / lower[j, j];
                else if (sum > 0) lower[i, i] = Math.Sqrt(sum);
                else throw new ArithmeticException("The information of the votes is not positive definite; give a prior.");
            }
        return lower;
    }

    /// <summary>x of A x = b, by the triangle of A.</summary>
    public static double[] Solve(double[,] lower, ReadOnlySpan<double> b)
    {
        var x = b.ToArray();
        for (var i = 0; i < x.Length; i++)
        {
            for (var k = 0; k < i; k++) x[i] -= lower[i, k] * x[k];
            x[i] /= lower[i, i];
        }
        for (var i = x.Length - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < x.Length; k++) x[i] -= lower[k, i] * x[k];
            x[i] /= lower[i, i];
        }
        return x;
    }

    public SymmetricMatrix Inverse()
    {
        var (lower, inverse, unit) = (Cholesky(), new SymmetricMatrix(size), new double[size]);
        for (var c = 0; c < size; c++)
        {
            unit[c] = 1;
            var column = Solve(lower, unit);
            unit[c] = 0;
            for (var r = 0; r < size; r++) inverse[r, c] = column[r];
        }
        return inverse;
    }

    /// <summary>The covariance of parameters whose first ones have their own mean taken away.</summary>
    public SymmetricMatrix Centred(int first)
    {
        var result = new SymmetricMatrix(size);
        double[] means = [.. Enumerable.Range(0, size).Select(c => Enumerable.Range(0, first).Average(r => this[r, c]))];
        var mean = means.Take(first).Average();
        for (var r = 0; r < size; r++)
            for (var c = 0; c < size; c++)
                result[r, c] = this[r, c] - (r < first ? means[c] : 0) - (c < first ? means[r] : 0) + (r < first && c < first ? mean : 0);
        return result;
    }

    /// <summary>This times middle times this.</summary>
    public SymmetricMatrix Around(SymmetricMatrix middle)
    {
        var (half, result) = (new double[size, size], new SymmetricMatrix(size));
        for (var r = 0; r < size; r++)
            for (var k = 0; k < size; k++)
            {
                var factor = this[r, k];
                for (var c = 0; c < size; c++) half[r, c] += factor * middle[k, c];
            }
        for (var r = 0; r < size; r++)
            for (var k = 0; k < size; k++)
            {
                var factor = half[r, k];
                for (var c = 0; c < size; c++) result[r, c] += factor * this[k, c];
            }
        return result;
    }
}
